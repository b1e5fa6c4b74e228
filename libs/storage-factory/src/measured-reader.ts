import type { TraceReader } from "@spoor/storage-api";
import { Counter, Histogram, type Registry } from "prom-client";

type Operation = "get_trace" | "find_traces" | "find_trace_ids" | "get_services" | "get_operations";
const OPERATIONS: readonly Operation[] = [
  "find_trace_ids",
  "find_traces",
  "get_operations",
  "get_services",
  "get_trace",
];
const ROLE = "primary";

/** The same reader, with v1's metrics of every read: requests and latency by result, and how much came back. */
export function measuredReader(reader: TraceReader, kind: string, registry: Registry): TraceReader {
  const metrics = readMetrics(kind, registry);

  async function measured<T>(operation: Operation, call: Promise<T>, count: (answer: T) => number): Promise<T> {
    const startMs = performance.now();
    try {
      const answer = await call;
      metrics.done(operation, "ok", startMs, count(answer));
      return answer;
    } catch (error) {
      metrics.done(operation, "err", startMs, 0);
      throw error;
    }
  }

  async function* streamed<T>(
    operation: Operation,
    items: AsyncIterable<T>,
    count: (item: T) => number,
  ): AsyncGenerator<T> {
    const startMs = performance.now();
    let total = 0;
    let result: "ok" | "err" = "ok";
    try {
      for await (const item of items) {
        total += count(item);
        yield item;
      }
    } catch (error) {
      result = "err";
      throw error;
    } finally {
      metrics.done(operation, result, startMs, total);
    }
  }

  return {
    getTrace: (traceId, options) => streamed("get_trace", reader.getTrace(traceId, options), (spans) => spans.length),
    getTraces: (traceIds, options) => streamed("find_traces", reader.getTraces(traceIds, options), () => 1),
    findTraceIds: (query, options) =>
      measured("find_trace_ids", reader.findTraceIds(query, options), ({ traceIds }) => traceIds.length),
    getServices: (options) => measured("get_services", reader.getServices(options), (names) => names.length),
    getOperations: (query, options) =>
      measured("get_operations", reader.getOperations(query, options), (operations) => operations.length),
  };
}

function readMetrics(kind: string, registry: Registry) {
  const requests = new Counter({
    name: "jaeger_storage_requests_total",
    help: "Reads of the store",
    labelNames: ["kind", "operation", "result", "role"],
    registers: [registry],
  });
  const latency = new Histogram({
    name: "jaeger_storage_latency",
    help: "Seconds a read of the store took",
    labelNames: ["kind", "operation", "result", "role"],
    registers: [registry],
  });
  const responses = new Histogram({
    name: "jaeger_storage_responses",
    help: "Items that a read of the store gave",
    labelNames: ["kind", "operation", "role"],
    registers: [registry],
  });
  for (const operation of OPERATIONS) {
    for (const result of ["ok", "err"]) {
      requests.inc({ kind, operation, result, role: ROLE }, 0);
      latency.zero({ kind, operation, result, role: ROLE });
    }
    responses.zero({ kind, operation, role: ROLE });
  }
  return {
    done(operation: Operation, result: "ok" | "err", startMs: number, items: number): void {
      requests.inc({ kind, operation, result, role: ROLE });
      latency.observe({ kind, operation, result, role: ROLE }, (performance.now() - startMs) / 1000);
      if (result === "ok") responses.observe({ kind, operation, role: ROLE }, items);
    },
  };
}
