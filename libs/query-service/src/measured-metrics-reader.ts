import type { MetricsReader } from "@spoor/storage-api";
import type { Registry } from "prom-client";
import { RequestMetrics } from "./request-metrics.ts";

const OPERATIONS = ["get_latencies", "get_call_rates", "get_error_rates", "get_min_step_duration"] as const;

/**
 * Counts what is asked of a reader of span metrics in v1's metrics, `jaeger_storage_requests_total` and `jaeger_storage_latency` with the role
 * `metricstore`. `kind` is v1's name of the storage type.
 */
export function measureMetricsReader(
  reader: MetricsReader,
  { registry, kind }: { readonly registry: Registry; readonly kind: string },
): MetricsReader {
  const metrics = new RequestMetrics(registry, { kind, role: "metricstore" }, OPERATIONS);
  const measured = async <T>(operation: (typeof OPERATIONS)[number], call: () => Promise<T>): Promise<T> => {
    const finish = metrics.start(operation);
    try {
      const result = await call();
      finish("ok");
      return result;
    } catch (error) {
      finish("err");
      throw error;
    }
  };
  return {
    getLatencies: (query, options) => measured("get_latencies", () => reader.getLatencies(query, options)),
    getCallRates: (query, options) => measured("get_call_rates", () => reader.getCallRates(query, options)),
    getErrorRates: (query, options) => measured("get_error_rates", () => reader.getErrorRates(query, options)),
    getMinStepMs: (options) => measured("get_min_step_duration", () => reader.getMinStepMs(options)),
  };
}
