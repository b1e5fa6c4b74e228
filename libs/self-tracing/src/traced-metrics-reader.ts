import type { MetricsReader } from "@spoor/storage-api";
import type { SelfTracing } from "./self-tracing.ts";

/** The same reader, each call a span below the request that made it. */
export function tracedMetricsReader(reader: MetricsReader, tracing: Pick<SelfTracing, "child">): MetricsReader {
  const services = ({ serviceNames }: { readonly serviceNames: readonly string[] }) => ({
    service: serviceNames.join(","),
  });
  return {
    getLatencies: (query, options) =>
      tracing.child("get latencies", { ...services(query), quantile: query.quantile }, () =>
        reader.getLatencies(query, options),
      ),
    getCallRates: (query, options) =>
      tracing.child("get call rates", services(query), () => reader.getCallRates(query, options)),
    getErrorRates: (query, options) =>
      tracing.child("get error rates", services(query), () => reader.getErrorRates(query, options)),
    getMinStepMs: (options) => reader.getMinStepMs(options),
  };
}
