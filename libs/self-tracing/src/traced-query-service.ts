import type { QueryService } from "@spoor/query-service";
import type { SelfTracing } from "./self-tracing.ts";

/** The same service, each call a span below the request that made it. */
export function tracedQueryService(service: QueryService, tracing: SelfTracing): QueryService {
  return {
    archiveEnabled: service.archiveEnabled,
    getTrace: (traceId, options) =>
      tracing.child("get trace", { "trace.id": traceId }, () => service.getTrace(traceId, options)),
    findTraces: (query, options) =>
      tracing.child("find traces", { service: query.serviceName ?? "", limit: query.limit }, () =>
        service.findTraces(query, options),
      ),
    getServices: (options) => tracing.child("get services", {}, () => service.getServices(options)),
    getOperations: (query, options) =>
      tracing.child("get operations", { service: query.serviceName }, () => service.getOperations(query, options)),
    getDependencies: (range, options) =>
      tracing.child("get dependencies", {}, () => service.getDependencies(range, options)),
    archiveTrace: (traceId, options) =>
      tracing.child("archive trace", { "trace.id": traceId }, () => service.archiveTrace(traceId, options)),
  };
}
