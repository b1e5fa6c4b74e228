import type { TraceReader } from "@spoor/storage-api";
import { Histogram, type Registry } from "prom-client";
import { RequestMetrics } from "./request-metrics.ts";

export interface ReaderMetricsOptions {
  readonly registry: Registry;
  /** v1's name of the storage type. */
  readonly kind: string;
  /** Which store of the daemon this is: v1's is `primary`. */
  readonly role?: string;
}

const OPERATIONS = ["get_trace", "find_traces", "find_trace_ids", "get_services", "get_operations"] as const;
type OperationName = (typeof OPERATIONS)[number];

/** Buckets for numbers of results; v1 counted them as nanoseconds, so that its buckets said nothing. */
const RESPONSE_BUCKETS = [0, 1, 5, 20, 100, 500, 1000, 5000, 10_000, 50_000];

/**
 * Counts what is asked of a reader in v1's metrics: `jaeger_storage_requests_total` and `jaeger_storage_latency` by result,
 * `jaeger_storage_responses`. A search is a `find_trace_ids` and, for reading what it found, a `find_traces`.
 */
export function measureReader(reader: TraceReader, options: ReaderMetricsOptions): TraceReader {
  const metrics = new ReaderMetrics(options);
  const single = async <T>(operation: OperationName, size: (result: T) => number, call: () => Promise<T>) => {
    const finish = metrics.start(operation);
    try {
      const result = await call();
      finish(size(result));
      return result;
    } catch (error) {
      finish(undefined);
      throw error;
    }
  };
  async function* stream<T>(operation: OperationName, size: (item: T) => number, items: AsyncIterable<T>) {
    const finish = metrics.start(operation);
    let responses: number | undefined = 0;
    try {
      for await (const item of items) {
        responses += size(item);
        yield item;
      }
    } catch (error) {
      responses = undefined;
      throw error;
    } finally {
      finish(responses);
    }
  }
  return {
    getTrace: (traceId, read) => stream("get_trace", (chunk) => chunk.length, reader.getTrace(traceId, read)),
    getTraces: (traceIds, read) => stream("find_traces", () => 1, reader.getTraces(traceIds, read)),
    findTraceIds: (query, read) =>
      single(
        "find_trace_ids",
        (found) => found.traceIds.length,
        () => reader.findTraceIds(query, read),
      ),
    getServices: (read) =>
      single(
        "get_services",
        (names) => names.length,
        () => reader.getServices(read),
      ),
    getOperations: (query, read) =>
      single(
        "get_operations",
        (operations) => operations.length,
        () => reader.getOperations(query, read),
      ),
  };
}

class ReaderMetrics {
  readonly #labels: { readonly kind: string; readonly role: string };
  readonly #requests: RequestMetrics<OperationName>;
  readonly #responses: Histogram;

  constructor({ registry, kind, role = "primary" }: ReaderMetricsOptions) {
    this.#labels = { kind, role };
    this.#requests = new RequestMetrics(registry, this.#labels, OPERATIONS);
    this.#responses =
      (registry.getSingleMetric("jaeger_storage_responses") as Histogram | undefined) ??
      new Histogram({
        name: "jaeger_storage_responses",
        help: "Results a request to the storage backend gave",
        labelNames: ["kind", "operation", "role"],
        buckets: RESPONSE_BUCKETS,
        registers: [registry],
      });
    for (const operation of OPERATIONS) this.#responses.zero({ ...this.#labels, operation });
  }

  /** The function to call at the end, with the number of results, or `undefined` for a failure. */
  start(operation: OperationName): (responses: number | undefined) => void {
    const finish = this.#requests.start(operation);
    return (responses) => {
      finish(responses === undefined ? "err" : "ok");
      if (responses !== undefined) this.#responses.observe({ ...this.#labels, operation }, responses);
    };
  }
}
