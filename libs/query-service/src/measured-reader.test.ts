import { openMemoryStorage } from "@spoor/storage-memory";
import { batchOf, query, readTrace, SpanGenerator } from "@spoor/storage-testkit";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { measureReader } from "./measured-reader.ts";

const NOBODY = { tenant: "" };

describe("a measured reader", () => {
  const generator = new SpanGenerator(41);

  async function setUp() {
    const registry = new Registry();
    const storage = await openMemoryStorage();
    const trace = generator.trace({ spans: 7 });
    await storage.writer.write(batchOf(trace));
    const reader = measureReader(storage.reader, { registry, kind: "memory" });
    const value = async (metric: string, operation: string, result?: string) => {
      const found = await registry.getSingleMetric(metric)?.get();
      const values = found?.values as readonly {
        readonly labels: Record<string, string>;
        readonly metricName?: string;
        readonly value: number;
      }[];
      return values.find(
        ({ labels, metricName }) =>
          labels.operation === operation &&
          labels.result === result &&
          (metricName === undefined || metricName.endsWith("_sum")),
      )?.value;
    };
    return { registry, storage, reader, value, traceId: trace[0]?.traceId ?? "" };
  }

  it("shows every combination of labels from the start, as v1 does", async () => {
    const { registry } = await setUp();
    const text = await registry.metrics();
    for (const operation of ["get_trace", "find_traces", "find_trace_ids", "get_services", "get_operations"]) {
      for (const result of ["ok", "err"]) {
        expect(text).toContain(`{kind="memory",role="primary",operation="${operation}",result="${result}"} 0`);
      }
    }
    expect(text).toContain("# TYPE jaeger_storage_latency histogram");
    expect(text).toContain("# TYPE jaeger_storage_responses histogram");
  });

  it("counts calls, results and failures", async () => {
    const { reader, storage, value, traceId } = await setUp();
    await readTrace(reader, traceId);
    await reader.getServices(NOBODY);
    await reader.findTraceIds(query(), NOBODY);
    for await (const _ of reader.getTraces([traceId], NOBODY));
    expect(await value("jaeger_storage_requests_total", "get_trace", "ok")).toBe(1);
    expect(await value("jaeger_storage_responses", "get_trace")).toBe(7);
    expect(await value("jaeger_storage_requests_total", "find_trace_ids", "ok")).toBe(1);
    expect(await value("jaeger_storage_requests_total", "find_traces", "ok")).toBe(1);
    expect(await value("jaeger_storage_responses", "find_traces")).toBe(1);
    await storage.close();
    await expect(reader.getServices(NOBODY)).rejects.toMatchObject({ code: "CLOSED" });
    await expect(readTrace(reader, traceId)).rejects.toMatchObject({ code: "CLOSED" });
    expect(await value("jaeger_storage_requests_total", "get_services", "err")).toBe(1);
    expect(await value("jaeger_storage_requests_total", "get_trace", "err")).toBe(1);
    expect(await value("jaeger_storage_responses", "get_trace")).toBe(7);
  });

  it("lets several readers share a registry", async () => {
    const { registry, storage } = await setUp();
    measureReader(storage.reader, { registry, kind: "memory", role: "archive" });
    expect(await registry.metrics()).toContain('role="archive"');
  });
});
