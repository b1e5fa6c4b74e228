import { encodeSpans, NO_FIELDS, type SpanBatch, scanPostSpansRequest } from "@spoor/span-wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { Forwarder, type ForwarderOptions } from "./forwarder.ts";
import { ReporterMetrics } from "./reporter-metrics.ts";

const UNAVAILABLE = Object.assign(new Error("away"), { code: 14, details: "away" });
const INVALID = Object.assign(new Error("bad"), { code: 3, details: "bad" });

function batch(name: string, facts: Partial<SpanBatch> = {}): SpanBatch {
  const spans = encodeSpans([
    {
      traceId: "0123456789abcdef0123456789abcdef",
      spanId: "00000000000000aa",
      operationName: name,
      references: [],
      flags: 1,
      startTimeNs: 1n,
      durationNs: 1n,
      tags: [],
      logs: [],
      process: { serviceName: name, tags: [] },
      warnings: [],
    },
  ]);
  return { spans, commonFields: NO_FIELDS, format: "jaeger", transport: "udp", tenant: "", byteLength: 100, ...facts };
}

/** A collector whose calls wait until they are answered. */
function setUp(options: Partial<ForwarderOptions> = {}) {
  const calls: { readonly services: readonly string[]; readonly answer: (error?: Error) => void }[] = [];
  let onCall: () => void = () => undefined;
  const registry = new Registry();
  const forwarder = new Forwarder({
    call: (_path, request, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
        const services = scanPostSpansRequest(request).map((span) => span.process.serviceName);
        calls.push({ services, answer: (error) => (error === undefined ? resolve(new Uint8Array()) : reject(error)) });
        onCall();
      }),
    metrics: new ReporterMetrics(registry),
    logger: pino({ level: "silent" }),
    maxBufferedBytes: 1000,
    maxConcurrentCalls: 1,
    ...options,
  });
  const nextCall = () =>
    new Promise<void>((resolve) => {
      onCall = resolve;
    });
  const count = async (name: string, format: string) => {
    const metric = await registry.getSingleMetric(`jaeger_agent_reporter_${name}_total`)?.get();
    return metric?.values.find(({ labels }) => labels.format === format)?.value;
  };
  return { forwarder, calls, nextCall, count };
}

describe("the forwarder", () => {
  test("sends at once when idle, and together what came while a call was open", async () => {
    const { forwarder, calls, nextCall } = setUp();
    const writes = [forwarder.write(batch("a")), forwarder.write(batch("b")), forwarder.write(batch("c"))];
    expect(calls.map(({ services }) => services)).toEqual([["a"]]);
    const second = nextCall();
    calls[0]?.answer();
    await second;
    expect(calls[1]?.services).toEqual(["b", "c"]);
    calls[1]?.answer();
    await Promise.all(writes);
  });

  test("an answer that comes at once does not make a call of each batch", async () => {
    const { forwarder, calls, nextCall } = setUp({ gatherMs: 20, maxConcurrentCalls: 4 });
    const writes = [forwarder.write(batch("a"))];
    calls[0]?.answer();
    await writes[0];
    const second = nextCall();
    writes.push(forwarder.write(batch("b")), forwarder.write(batch("c")));
    await second;
    expect(calls.map(({ services }) => services)).toEqual([["a"], ["b", "c"]]);
    calls[1]?.answer();
    await Promise.all(writes);
  });

  test("what fills a request does not wait for more", async () => {
    const { forwarder, calls } = setUp({ gatherMs: 60_000, maxConcurrentCalls: 4, maxRequestBytes: 200 });
    for (const name of ["a", "b", "c"]) void forwarder.write(batch(name));
    expect(calls.map(({ services }) => services)).toEqual([["a"], ["b", "c"]]);
    for (const call of calls) call.answer();
  });

  test("keeps a request below its size", async () => {
    const { forwarder, calls, nextCall } = setUp({ maxRequestBytes: 150 });
    const writes = ["a", "b", "c"].map((name) => forwarder.write(batch(name)));
    for (let i = 0; i < 3; i++) {
      const next = nextCall();
      calls[i]?.answer();
      if (i < 2) await next;
    }
    await Promise.all(writes);
    expect(calls.map(({ services }) => services)).toEqual([["a"], ["b"], ["c"]]);
  });

  test("tries again while the collector is away", async () => {
    const { forwarder, calls, nextCall, count } = setUp();
    const write = forwarder.write(batch("a", { format: "zipkin" }));
    const again = nextCall();
    calls[0]?.answer(UNAVAILABLE);
    await again;
    calls[1]?.answer();
    await write;
    expect(await count("spans_submitted", "zipkin")).toBe(1);
    expect(await count("spans_failures", "zipkin")).toBe(0);
  });

  test("gives up after the attempts it was given, and counts what was lost", async () => {
    const { forwarder, calls, count } = setUp({ maxAttempts: 1 });
    const write = forwarder.write(batch("a"));
    calls[0]?.answer(UNAVAILABLE);
    await expect(write).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
    expect(await count("spans_failures", "jaeger")).toBe(1);
    expect(await count("batches_failures", "jaeger")).toBe(1);
  });

  test("does not repeat what the collector refuses", async () => {
    const { forwarder, calls } = setUp();
    const write = forwarder.write(batch("a"));
    calls[0]?.answer(INVALID);
    await expect(write).rejects.toMatchObject({ code: "REJECTED" });
    expect(calls).toHaveLength(1);
  });

  test("refuses what its buffer cannot hold, and takes more once it drained", async () => {
    const { forwarder, calls, count } = setUp({ maxBufferedBytes: 150, gatherMs: 0 });
    const first = forwarder.write(batch("a"));
    await expect(forwarder.write(batch("b"))).rejects.toMatchObject({ code: "OVERLOADED" });
    expect(await count("spans_failures", "jaeger")).toBe(1);
    calls[0]?.answer();
    await first;
    const third = forwarder.write(batch("c"));
    calls[1]?.answer();
    await third;
  });

  test("sends what it holds before it stops", async () => {
    const { forwarder, calls } = setUp();
    const write = forwarder.write(batch("a"));
    const closing = forwarder.close(new AbortController().signal);
    calls[0]?.answer();
    await Promise.all([write, closing]);
    await expect(forwarder.write(batch("b"))).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("does not wait for more when it stops", async () => {
    const { forwarder, calls } = setUp({ gatherMs: 60_000 });
    const first = forwarder.write(batch("a"));
    calls[0]?.answer();
    await first;
    const second = forwarder.write(batch("b"));
    const closing = forwarder.close(new AbortController().signal);
    calls[1]?.answer();
    await Promise.all([second, closing]);
  });

  test("gives up what it holds when the time to stop is over", async () => {
    const { forwarder, calls } = setUp();
    const overdue = new AbortController();
    const write = forwarder.write(batch("a"));
    // While it waits to try again, too.
    calls[0]?.answer(UNAVAILABLE);
    const refusal = expect(write).rejects.toMatchObject({ code: "CLOSED" });
    const closing = forwarder.close(overdue.signal);
    overdue.abort();
    await Promise.all([refusal, closing]);
  });
});
