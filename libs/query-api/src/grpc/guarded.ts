import type { GrpcMethod, GrpcService } from "@spoor/grpc-server";
import type { ServiceContext } from "./service-context.ts";

/** The service, for calls that belong to a tenant only. */
export function guarded(service: GrpcService, context: ServiceContext): GrpcService {
  const methods = Object.entries(service.methods).map(([name, method]) => [name, guardedMethod(method, context)]);
  return { name: service.name, methods: Object.fromEntries(methods) };
}

function guardedMethod(method: GrpcMethod, context: ServiceContext): GrpcMethod {
  if (method.kind === "unary")
    return {
      kind: "unary",
      handle(request, call) {
        context.tenantOf(call);
        return method.handle(request, call);
      },
    };
  return {
    kind: "streaming",
    open(replies, call) {
      const handler = method.open(replies, call);
      return {
        message(request) {
          context.tenantOf(call);
          handler.message(request);
        },
        end: () => handler.end(),
        closed: () => handler.closed(),
      };
    },
  };
}
