import type { GrpcCall, GrpcMethod, GrpcService } from "./method.ts";

/** The service, for calls that `check` does not throw for. */
export function guarded(service: GrpcService, check: (call: GrpcCall) => unknown): GrpcService {
  const methods = Object.entries(service.methods).map(([name, method]) => [name, guardedMethod(method, check)]);
  return { name: service.name, methods: Object.fromEntries(methods) };
}

function guardedMethod(method: GrpcMethod, check: (call: GrpcCall) => unknown): GrpcMethod {
  if (method.kind === "unary")
    return {
      kind: "unary",
      handle(request, call) {
        check(call);
        return method.handle(request, call);
      },
    };
  return {
    kind: "streaming",
    open(replies, call) {
      const handler = method.open(replies, call);
      return {
        message(request) {
          check(call);
          handler.message(request);
        },
        end: () => handler.end(),
        closed: () => handler.closed(),
      };
    },
  };
}
