import {
  type GrpcServer,
  type GrpcService,
  guarded,
  healthService,
  REFLECTION_SERVICES,
  reflectionServices,
  ServingState,
  startGrpcServer,
  tenantOfCall,
} from "@spoor/grpc-server";
import { descriptorFiles } from "@spoor/proto-descriptors";
import { bearerTokenOf } from "../bearer-token.ts";
import { DEFAULT_SEARCH_LIMITS, type ListenAddress, type QueryGrpcOptions, type QueryServer } from "../options.ts";
import { QUERY_SERVICE_V2, queryServiceV2 } from "./api-v2.ts";
import { QUERY_SERVICE_V3, queryServiceV3 } from "./api-v3.ts";
import { queryDescriptorFiles } from "./descriptors.ts";
import type { ServiceContext } from "./service-context.ts";

/** Its calls are not implemented, as in v1 since 1.66, but its health is still asked for. */
const METRICS_SERVICE = "jaeger.api_v2.metrics.MetricsQueryService";

/** The query daemon's gRPC face: api_v2, api_v3, health and reflection. */
export function createQueryGrpc(options: QueryGrpcOptions): QueryServer {
  const state = new ServingState();
  const services = servicesOf(options, state);
  let server: GrpcServer | undefined;
  return {
    async start(): Promise<ListenAddress> {
      const started = await startGrpcServer({
        ...options.listen,
        services,
        logger: options.logger,
        limits: {
          ...(options.maxMessageBytes === undefined ? {} : { maxMessageBytes: options.maxMessageBytes }),
          ...(options.drainMs === undefined ? {} : { drainMs: options.drainMs }),
        },
        ...(options.tls ? { tls: options.tls } : {}),
      });
      server = started;
      return started.address;
    },
    updateTls: (tls) => server?.updateTls?.(tls),
    async close() {
      state.set(false);
      await server?.close();
    },
  };
}

function servicesOf(options: QueryGrpcOptions, state: ServingState): readonly GrpcService[] {
  const context: ServiceContext = {
    service: options.service,
    search: options.search ?? DEFAULT_SEARCH_LIMITS,
    logger: options.logger,
    tenantOf: (call) => tenantOfCall(options.tenancy, call),
    callerOf: (call) => {
      const tenant = tenantOfCall(options.tenancy, call);
      const bearerToken = options.bearerTokenPropagation === true ? bearerTokenOf(call.headers) : undefined;
      return bearerToken === undefined ? { tenant } : { tenant, bearerToken };
    },
  };
  const health = healthService(state, [QUERY_SERVICE_V2, QUERY_SERVICE_V3, METRICS_SERVICE]);
  const names = [QUERY_SERVICE_V2, QUERY_SERVICE_V3, health.name, ...REFLECTION_SERVICES];
  const files = [...descriptorFiles(), ...queryDescriptorFiles()];
  return [
    queryServiceV2(context),
    queryServiceV3(context),
    // v1 lets nobody without a tenant in, not even to these.
    guarded(health, context.tenantOf),
    ...reflectionServices(names, files).map((service) => guarded(service, context.tenantOf)),
  ];
}
