import type { Span } from "@spoor/span-model";
import { decodeSpan, NO_FIELDS, type SpanBatch, scanSpan, wholeSpan } from "@spoor/span-wire";
import { batchOf, spanText, spanTexts } from "../batches.ts";
import { query } from "../reading.ts";
import { childOf } from "../span-generator.ts";
import { expect, it } from "../vitest.ts";
import { type ContractContext, NO_TENANT, write } from "./context.ts";

const SPANS_A_BATCH = 2500;
/** A reader gives a trace in chunks; larger ones are no longer of a bounded size. */
const MOST_SPANS_A_CHUNK = 10_000;

/** Traces of a size that must neither be cut nor be held in memory at once. */
export function volumeContract(context: ContractContext): void {
  const { traits } = context;

  const find = async (given: Parameters<typeof query>[0]) =>
    (await context.storage.reader.findTraceIds(query(given), NO_TENANT)).traceIds;

  /** Span `i` of a trace; its id is its number, and each thousand starts in one and the same microsecond. */
  const numbered = (root: Span, i: number): Span => ({
    ...root,
    spanId: (i + 1).toString(16).padStart(16, "0"),
    operationName: i % 1000 === 999 ? "rare" : "many",
    references: i === 0 ? [] : [childOf({ traceId: root.traceId, spanId: "1".padStart(16, "0") })],
    startTimeNs: root.startTimeNs + BigInt(Math.floor(i / 1000)) * 1_000_000n,
    durationNs: BigInt(i) * 1000n,
  });
  const rootSpan = () =>
    context.generator.span({
      startTimeNs: context.generator.baseTimeNs,
      process: { serviceName: "volume", tags: [] },
      tags: [],
      logs: [],
    });

  /** Writes `count` spans without ever having more than a batch of them. */
  async function writeNumbered(root: Span, count: number): Promise<void> {
    for (let at = 0; at < count; at += SPANS_A_BATCH) {
      const size = Math.min(SPANS_A_BATCH, count - at);
      await context.storage.writer.write(batchOf(Array.from({ length: size }, (_, i) => numbered(root, at + i))));
    }
  }

  /** How often each span came, and the largest chunk. */
  async function readNumbered(traceId: string, count: number) {
    const seen = new Uint8Array(count);
    let largestChunk = 0;
    for await (const chunk of context.storage.reader.getTrace(traceId, NO_TENANT)) {
      largestChunk = Math.max(largestChunk, chunk.length);
      for (const encoded of chunk) {
        const i = Number.parseInt(decodeSpan(encoded).spanId, 16) - 1;
        seen[i] = (seen[i] ?? 0) + 1;
      }
    }
    const missing: number[] = [];
    const twice: number[] = [];
    seen.forEach((times, i) => {
      if (times === 0) missing.push(i);
      if (times > 1) twice.push(i);
    });
    return { missing: missing.slice(0, 10), twice: twice.slice(0, 10), largestChunk };
  }

  for (const [title, count, timeoutMs] of [
    ["a large trace", traits.largeTraceSpans, 60_000],
    ["a huge trace", traits.hugeTraceSpans, 240_000],
  ] as const) {
    it(
      `gives ${title}, of ${count} spans, completely and in parts, and finds what is rare in it`,
      async () => {
        const root = rootSpan();
        const other = { ...rootSpan(), startTimeNs: root.startTimeNs + 1_000_000n };
        await writeNumbered(root, count);
        await write(context, [other]);
        const { missing, twice, largestChunk } = await readNumbered(root.traceId, count);
        expect({ missing, twice }).toEqual({ missing: [], twice: [] });
        expect(largestChunk).toBeLessThanOrEqual(MOST_SPANS_A_CHUNK);
        const around = {
          serviceName: "volume",
          startTimeMinNs: root.startTimeNs,
          startTimeMaxNs: root.startTimeNs + 3_600_000_000_000n,
        };
        expect(await find({ ...around, operationName: "rare" })).toEqual([root.traceId]);
        // The spans of the huge one do not keep the other out.
        expect(new Set(await find({ ...around, limit: 2 }))).toEqual(new Set([root.traceId, other.traceId]));
        const slowest = BigInt(count - 1) * 1000n;
        expect(await find({ ...around, durationMinNs: slowest, durationMaxNs: slowest })).toContain(root.traceId);
      },
      timeoutMs,
    );
  }

  it("lets a reader stop in the middle of a large trace", async () => {
    const root = rootSpan();
    await writeNumbered(root, traits.largeTraceSpans);
    for (let i = 0; i < 3; i++) {
      for await (const chunk of context.storage.reader.getTrace(root.traceId, NO_TENANT)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
    }
    expect((await readNumbered(root.traceId, traits.largeTraceSpans)).missing).toEqual([]);
  }, 60_000);

  it("gives every span of thousands that start in the same microsecond", async () => {
    const root = rootSpan();
    const count = 2600;
    await context.storage.writer.write(
      batchOf(Array.from({ length: count }, (_, i) => ({ ...numbered(root, i), startTimeNs: root.startTimeNs }))),
    );
    const { missing, twice } = await readNumbered(root.traceId, count);
    expect({ missing, twice }).toEqual({ missing: [], twice: [] });
  });

  it("takes spans that come again, in one batch, in another order, in other company", async () => {
    const { generator, storage } = context;
    const traces = Array.from({ length: 5 }, () => generator.trace({ spans: 8 }));
    const spans = traces.flat();
    const again = (batch: SpanBatch): SpanBatch => ({
      ...batch,
      spans: batch.spans.map((span) => scanSpan(wholeSpan(span, NO_FIELDS))),
    });
    await write(context, [...spans, ...spans]);
    await storage.writer.write(again(batchOf(generator.random.shuffle(spans))));
    await storage.writer.write(again(batchOf([...spans.slice(3, 9), generator.span()])));
    for (const trace of traces) {
      const traceId = (trace[0] as Span).traceId;
      const read: string[] = [];
      for await (const chunk of storage.reader.getTrace(traceId, NO_TENANT)) {
        for (const encoded of chunk) read.push(spanText(decodeSpan(encoded)));
      }
      expect([...new Set(read)].sort()).toEqual(spanTexts(trace));
      expect(read.length).toBeLessThanOrEqual(trace.length * 4);
    }
    for (const serviceName of context.naive.services()) {
      const asked = query({ serviceName, limit: 1000 });
      const found = (await storage.reader.findTraceIds(asked, NO_TENANT)).traceIds;
      expect(new Set(found).size).toBe(found.length);
      for (const traceId of context.naive.matches(asked).keys()) expect(found).toContain(traceId);
    }
  });
}
