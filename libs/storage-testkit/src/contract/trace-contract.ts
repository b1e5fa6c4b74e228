import type { Span } from "@spoor/span-model";
import { WireWriter, writeStringKeyValue } from "@spoor/span-wire";
import { batchesOf, batchOf, spanTexts } from "../batches.ts";
import { query, readEncoded, readTrace } from "../reading.ts";
import { expect, it } from "../vitest.ts";
import { type ContractContext, NO_TENANT, write } from "./context.ts";

/** Write traces, read them back. */
export function traceContract(context: ContractContext): void {
  it("gives back every field of a span as it was written", async () => {
    const spans = context.generator.trace({ spans: 12 });
    await write(context, spans);
    expect(spanTexts(await readTrace(context.storage.reader, traceIdOf(spans)))).toEqual(spanTexts(spans));
  });

  it("keeps 64-bit and 128-bit trace ids apart, small, large and with zeros at either end", async () => {
    const { generator, storage } = context;
    const spans = [
      "00000000000000001234567890abcdef",
      "ffffffffffffffff1234567890abcdef",
      "1234567890abcdef0000000000000000",
      "00000000000000000000000000000001",
      "00000000000000010000000000000000",
      "0000000000000001ffffffffffffffff",
      "0000000000000000ffffffffffffffff",
      "ffffffffffffffffffffffffffffffff",
      "0123456789abcdef0123456789abcdef",
    ].map((traceId) => generator.span({ traceId, process: { serviceName: "ids", tags: [] } }));
    await write(context, spans, 2);
    for (const span of spans) {
      expect(spanTexts(await readTrace(storage.reader, span.traceId))).toEqual(spanTexts([span]));
    }
    const given: string[] = [];
    for await (const trace of storage.reader.getTraces(spans.map(traceIdOfSpan), NO_TENANT)) given.push(trace.traceId);
    expect(given).toEqual(spans.map(traceIdOfSpan));
    const asked = query({
      serviceName: "ids",
      startTimeMinNs: generator.baseTimeNs,
      startTimeMaxNs: generator.baseTimeNs + 3_600_000_000_000n,
    });
    const { traceIds } = await storage.reader.findTraceIds(asked, NO_TENANT);
    expect([...traceIds].sort()).toEqual(spans.map(traceIdOfSpan).sort());
  });

  it("answers nothing for a trace that does not exist", async () => {
    const { generator, storage } = context;
    await write(context, generator.trace());
    expect(await readEncoded(storage.reader, generator.traceId())).toEqual([]);
    const traces = [];
    for await (const trace of storage.reader.getTraces([generator.traceId()], NO_TENANT)) traces.push(trace);
    expect(traces).toEqual([]);
  });

  it("answers nothing at all while it is empty", async () => {
    const { generator, storage } = context;
    expect(await readEncoded(storage.reader, generator.traceId())).toEqual([]);
    expect(await storage.reader.getServices(NO_TENANT)).toEqual([]);
    expect(await storage.reader.getOperations({ serviceName: "any" }, NO_TENANT)).toEqual([]);
  });

  it("puts a trace together that came in many batches among other traces", async () => {
    const { generator, storage } = context;
    const traces = Array.from({ length: 8 }, () => generator.trace({ spans: 10 }));
    const mixed = generator.random.shuffle(traces.flat());
    await write(context, mixed, 16);
    for (const trace of traces) {
      expect(spanTexts(await readTrace(storage.reader, traceIdOf(trace)))).toEqual(spanTexts(trace));
    }
  });

  it("gives several whole traces in the order that was asked for", async () => {
    const { generator, storage } = context;
    const traces = Array.from({ length: 6 }, () => generator.trace({ spans: 4 }));
    await write(context, traces.flat(), 3);
    const wanted = generator.random.shuffle(traces.map(traceIdOf));
    const asked = [...wanted.slice(0, 3), generator.traceId(), ...wanted.slice(3)];
    const given: string[] = [];
    for await (const trace of storage.reader.getTraces(asked, NO_TENANT)) {
      given.push(trace.traceId);
      expect(trace.spans.length).toBe(4);
    }
    expect(given).toEqual(wanted);
  });

  it("shows a span that was written twice at least once and invents none", async () => {
    const spans = context.generator.trace({ spans: 5 });
    await write(context, spans);
    await write(context, spans);
    const read = spanTexts(await readTrace(context.storage.reader, traceIdOf(spans)));
    expect([...new Set(read)]).toEqual(spanTexts(spans));
    expect(read.length).toBeLessThanOrEqual(10);
  });

  it("keeps spans that share an id but differ in content", async () => {
    const { generator, storage } = context;
    const first = generator.span();
    const second = { ...generator.span(), traceId: first.traceId, spanId: first.spanId };
    await write(context, [first, second]);
    expect(spanTexts(await readTrace(storage.reader, first.traceId))).toEqual(spanTexts([first, second]));
  });

  it("keeps spans that start in the same microsecond", async () => {
    const { generator, storage } = context;
    const traceId = generator.traceId();
    const startTimeNs = generator.time();
    const spans = Array.from({ length: 50 }, () => generator.span({ traceId, startTimeNs }));
    await write(context, spans, 5);
    expect(spanTexts(await readTrace(storage.reader, traceId))).toEqual(spanTexts(spans));
  });

  it("adds the fields that a batch holds for all its spans", async () => {
    const { generator, storage } = context;
    const writer = new WireWriter();
    writeStringKeyValue(writer, 8, "@jaeger@format", "proto");
    const spans = generator.trace({ spans: 3 });
    await storage.writer.write(batchOf(spans, { commonFields: writer.finish() }));
    const whole = spans.map((span): Span => {
      return { ...span, tags: [...span.tags, { key: "@jaeger@format", type: "string", value: "proto" }] };
    });
    expect(spanTexts(await readTrace(storage.reader, traceIdOf(spans)))).toEqual(spanTexts(whole));
  });

  it("shows whatever a resolved write held to every later read, with many writes under way", async () => {
    const { generator, storage } = context;
    const traces = Array.from({ length: 40 }, () => generator.trace({ spans: 6 }));
    await Promise.all(
      traces.map(async (trace) => {
        await storage.writer.write(batchOf(trace));
        expect(spanTexts(await readTrace(storage.reader, traceIdOf(trace)))).toEqual(spanTexts(trace));
      }),
    );
  });

  it("takes one trace from many writers at once", async () => {
    const { generator, storage } = context;
    const spans = generator.trace({ spans: 200 });
    await Promise.all(batchesOf(generator.random.shuffle(spans), 20).map((batch) => storage.writer.write(batch)));
    expect(spanTexts(await readTrace(storage.reader, traceIdOf(spans)))).toEqual(spanTexts(spans));
  });

  it("takes an empty batch", async () => {
    await context.storage.writer.write(batchOf([]));
    expect(await context.storage.reader.getServices(NO_TENANT)).toEqual([]);
  });

  if (context.traits.anyTime)
    it("keeps spans that start years ago or years ahead", async () => {
      const { generator, storage } = context;
      const times = [
        0n,
        1_000_000_000n,
        2n ** 62n - (2n ** 62n % context.traits.timePrecisionNs),
        253_402_300_799_000_000_000n,
      ];
      const spans = times.map((time) =>
        generator.span({ startTimeNs: time - (time % generator.timePrecisionNs), logs: [] }),
      );
      await write(context, spans);
      for (const span of spans) {
        expect(spanTexts(await readTrace(storage.reader, span.traceId))).toEqual(spanTexts([span]));
      }
    });
}

function traceIdOfSpan(span: Span): string {
  return span.traceId;
}

function traceIdOf(spans: readonly Span[]): string {
  return (spans[0] as Span).traceId;
}
