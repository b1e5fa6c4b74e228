import type { Span, TraceId } from "@spoor/span-model";
import { decodeSpan } from "@spoor/span-wire";
import type { Storage } from "@spoor/storage-api";
import {
  batchOf,
  NaiveStore,
  query,
  readTrace,
  runDifferential,
  SpanGenerator,
  spanTexts,
} from "@spoor/storage-testkit";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { openMemoryStorage } from "./memory-storage.ts";
import { createMemoryMetrics } from "./metrics.ts";

const NOBODY = { tenant: "" };

async function gauge(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

async function has(storage: Storage, traceId: TraceId, tenant: string = ""): Promise<boolean> {
  return (await readTrace(storage.reader, traceId, { tenant })).length > 0;
}

describe("a memory store bounded by traces", () => {
  const generator = new SpanGenerator(51);
  const span = (given: Partial<Span> = {}) => generator.span(given);

  it("drops the trace first seen longest ago, whatever was added to it since", async () => {
    const storage = await openMemoryStorage({ maxTraces: 3 });
    const spans = [span(), span(), span(), span()] as const;
    await storage.writer.write(batchOf(spans.slice(0, 3)));
    await storage.writer.write(batchOf([span({ traceId: spans[0].traceId })]));
    await storage.writer.write(batchOf([spans[3]]));
    const kept = await Promise.all(spans.map((each) => has(storage, each.traceId)));
    expect(kept).toEqual([false, true, true, true]);
  });

  it("counts traces, not spans", async () => {
    const storage = await openMemoryStorage({ maxTraces: 2 });
    const traces = [generator.trace({ spans: 500 }), generator.trace({ spans: 500 })];
    await storage.writer.write(batchOf(traces.flat()));
    for (const trace of traces) expect(await readTrace(storage.reader, trace[0]?.traceId ?? "")).toHaveLength(500);
  });

  it("keeps as many for each tenant", async () => {
    const storage = await openMemoryStorage({ maxTraces: 1 });
    const [a, b] = [span(), span()];
    await storage.writer.write(batchOf([a], { tenant: "a" }));
    await storage.writer.write(batchOf([b], { tenant: "b" }));
    expect(await has(storage, a.traceId, "a")).toBe(true);
    expect(await has(storage, b.traceId, "b")).toBe(true);
  });

  it("forgets the names of services and operations with their last trace", async () => {
    const storage = await openMemoryStorage({ maxTraces: 2 });
    const of = (serviceName: string, operationName: string) =>
      span({ operationName, process: { serviceName, tags: [] }, tags: [] });
    await storage.writer.write(batchOf([of("old", "x"), of("kept", "first"), of("kept", "second")]));
    expect(await storage.reader.getServices(NOBODY)).toEqual(["kept"]);
    await storage.writer.write(batchOf([of("kept", "third")]));
    expect(await storage.reader.getOperations({ serviceName: "kept" }, NOBODY)).toEqual([
      { name: "second", spanKind: "" },
      { name: "third", spanKind: "" },
    ]);
  });

  it("begins a dropped trace anew when a late span of it comes", async () => {
    const storage = await openMemoryStorage({ maxTraces: 1 });
    const [early, other] = [span(), span()];
    const late = span({ traceId: early.traceId });
    for (const each of [early, other, late]) await storage.writer.write(batchOf([each]));
    expect(spanTexts(await readTrace(storage.reader, early.traceId))).toEqual(spanTexts([late]));
  });

  it("stays right while thousands of traces come and go", async () => {
    const maxTraces = 100;
    const storage = await openMemoryStorage({ maxTraces });
    const seen: { readonly traceId: TraceId; readonly spans: Span[] }[] = [];
    for (let round = 0; round < 150; round++) {
      const fresh = Array.from({ length: 8 }, () => generator.trace({ traceId: generator.traceId() }));
      // A kept trace grows, so that its spans lie among those of traces that go before it.
      const grown = seen.length > 60 ? seen.at(-50) : undefined;
      const more = grown === undefined ? [] : generator.trace({ traceId: grown.traceId, spans: 3 });
      grown?.spans.push(...more);
      await storage.writer.write(batchOf([...more, ...fresh.flat()]));
      for (const spans of fresh) seen.push({ traceId: spans[0]?.traceId ?? "", spans });
    }
    const kept = seen.slice(-maxTraces);
    const naive = new NaiveStore();
    for (const { traceId, spans } of kept) {
      naive.add(spans);
      expect(spanTexts(await readTrace(storage.reader, traceId))).toEqual(spanTexts(spans));
    }
    for (const { traceId } of seen.slice(0, -maxTraces)) expect(await has(storage, traceId)).toBe(false);
    expect(await storage.reader.getServices(NOBODY)).toEqual(naive.services());
    for (const serviceName of naive.services()) {
      expect(await storage.reader.getOperations({ serviceName }, NOBODY)).toEqual(naive.operations(serviceName));
    }
    const report = await runDifferential(storage, naive, { seed: 5, queries: 300 });
    expect(report.hits).toBeGreaterThan(50);
  });
});

describe("a memory store bounded by bytes", () => {
  const generator = new SpanGenerator(52);
  const maxBytes = 4 * 1024 * 1024;

  it("stays within them, keeps the newest traces and counts what it dropped", async () => {
    const registry = new Registry();
    const storage = await openMemoryStorage({ maxBytes, metrics: createMemoryMetrics(registry) });
    const ids: TraceId[] = [];
    for (let round = 0; round < 200; round++) {
      const spans = Array.from({ length: 10 }, () => generator.trace({ spans: 12 }));
      ids.push(...spans.map((trace) => trace[0]?.traceId ?? ""));
      await storage.writer.write(batchOf(spans.flat()));
      expect(await gauge(registry, "spoor_memory_bytes")).toBeLessThanOrEqual(maxBytes);
    }
    const dropped = await gauge(registry, "spoor_memory_displaced_traces_total");
    expect(dropped).toBeGreaterThan(100);
    expect(await gauge(registry, "spoor_memory_traces")).toBe(ids.length - dropped);
    expect(await has(storage, ids.at(-1) ?? "")).toBe(true);
    expect(await has(storage, ids[dropped] ?? "")).toBe(true);
    expect(await has(storage, ids[dropped - 1] ?? "")).toBe(false);
  });

  it("takes room from the tenant that holds most", async () => {
    const storage = await openMemoryStorage({ maxBytes });
    const small = generator.trace({ spans: 5 });
    await storage.writer.write(batchOf(small, { tenant: "small" }));
    for (let round = 0; round < 100; round++) {
      const spans = Array.from({ length: 10 }, () => generator.trace({ spans: 12 })).flat();
      await storage.writer.write(batchOf(spans, { tenant: "large" }));
    }
    expect(await has(storage, small[0]?.traceId ?? "", "small")).toBe(true);
  });

  it("holds spans with names of their own, processes of their own and times of their own within them", async () => {
    const registry = new Registry();
    const storage = await openMemoryStorage({ maxBytes, metrics: createMemoryMetrics(registry) });
    for (let round = 0; round < 60; round++) {
      const spans = Array.from({ length: 300 }, () =>
        generator.span({
          operationName: generator.random.hex(32),
          process: { serviceName: generator.random.hex(32), tags: generator.tags(3) },
          startTimeNs: BigInt(generator.random.between(0, 2 ** 31)) * 1_000_000_000n,
        }),
      );
      await storage.writer.write(batchOf(spans));
      expect(await gauge(registry, "spoor_memory_bytes")).toBeLessThanOrEqual(maxBytes);
    }
    expect(await gauge(registry, "spoor_memory_spans")).toBeGreaterThan(1000);
  });

  it("keeps large spans and small ones side by side", async () => {
    const storage = await openMemoryStorage({ maxBytes: 64 * 1024 * 1024 });
    const large = (size: number) =>
      generator.span({ tags: [{ key: "payload", type: "binary", value: generator.random.bytes(size) }] });
    const spans = [large(10), large(300_000), large(5000), large(3_000_000), large(10)];
    for (const span of spans) await storage.writer.write(batchOf([span]));
    for (const span of spans) {
      expect(spanTexts(await readTrace(storage.reader, span.traceId))).toEqual(spanTexts([span]));
    }
  });

  it("refuses a batch that would displace everything, for good", async () => {
    const storage = await openMemoryStorage({ maxBytes });
    const span = generator.span({ tags: [{ key: "x", type: "string", value: "x".repeat(maxBytes) }] });
    await expect(storage.writer.write(batchOf([span]))).rejects.toMatchObject({ code: "REJECTED", retryable: false });
  });

  it("refuses more tenants than it may have", async () => {
    const storage = await openMemoryStorage({ maxTenants: 2 });
    const write = (tenant: string) => storage.writer.write(batchOf([generator.span()], { tenant }));
    await write("a");
    await write("b");
    await expect(write("c")).rejects.toMatchObject({ code: "REJECTED" });
    await write("a");
  });

  it("hands out spans that stay as they are while the store goes on", async () => {
    const storage = await openMemoryStorage({ maxTraces: 5 });
    const trace = generator.trace({ spans: 50 });
    await storage.writer.write(batchOf(trace));
    const encoded = [];
    for await (const chunk of storage.reader.getTrace(trace[0]?.traceId ?? "", NOBODY)) encoded.push(...chunk);
    for (let i = 0; i < 300; i++) await storage.writer.write(batchOf(generator.trace({ spans: 20 })));
    expect(spanTexts(encoded.map((span) => decodeSpan(span)))).toEqual(spanTexts(trace));
  });

  it("does not keep alive, or look at later, the buffer that spans came in", async () => {
    const storage = await openMemoryStorage();
    const span = generator.span();
    const batch = batchOf([span]);
    await storage.writer.write(batch);
    for (const { buffer, process } of batch.spans) {
      buffer.fill(0);
      process.bytes.fill(0);
    }
    expect(spanTexts(await readTrace(storage.reader, span.traceId))).toEqual(spanTexts([span]));
    const asked = query({ serviceName: span.process.serviceName, operationName: span.operationName });
    expect((await storage.reader.findTraceIds(asked, NOBODY)).traceIds).toEqual([span.traceId]);
  });
});

describe("a long search", () => {
  it("lets writes in between and can be given up", async () => {
    const generator = new SpanGenerator(53);
    const storage = await openMemoryStorage();
    const process = generator.process("busy");
    const batch = batchOf(Array.from({ length: 500 }, () => generator.span({ process, tags: generator.tags(20) })));
    for (let i = 0; i < 300; i++) await storage.writer.write(batch);
    const abort = new AbortController();
    const asked = query({ serviceName: "busy", tags: new Map([["no", "such tag"]]) });
    const searching = storage.reader.findTraceIds(asked, { tenant: "", signal: abort.signal });
    const given = searching.then(
      () => "answered",
      (error: unknown) => error,
    );
    await storage.writer.write(batchOf([generator.span()]));
    abort.abort(new Error("enough"));
    expect(await given).toEqual(new Error("enough"));
  });
});
