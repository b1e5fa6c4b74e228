import { readFileSync } from "node:fs";
import type { KeyValue, Span } from "@spoor/span-model";
import { spansOfV1Trace, type V1Trace } from "@spoor/span-testkit";
import { EncodedProcess, EncodedSpan } from "@spoor/span-wire";
import { batchOf, childOf, SpanGenerator, spanText } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import { AdjustedTrace } from "./adjusted-trace.ts";
import { RawTrace } from "./raw-trace.ts";

interface RecordedPair {
  readonly name: string;
  readonly maxClockSkewMs: number;
  readonly raw: V1Trace;
  readonly adjusted: V1Trace;
}

const recorded = JSON.parse(
  readFileSync(new URL("../fixtures/v1-adjusted.json", import.meta.url), "utf8"),
) as readonly RecordedPair[];

function adjust(spans: readonly Span[], maxSkewNs: bigint = 0n): Span[] {
  return [...new AdjustedTrace("id", batchOf(spans).spans, maxSkewNs).spans()];
}

/** As JSON shows it: whole microseconds. */
function inMicroseconds(span: Span): Span {
  const whole = (timeNs: bigint) => timeNs - (timeNs % 1000n);
  return {
    ...span,
    startTimeNs: whole(span.startTimeNs),
    durationNs: whole(span.durationNs),
    logs: span.logs.map((log) => ({ ...log, timestampNs: whole(log.timestampNs) })),
  };
}

describe("traces adjusted by v1.67", () => {
  it.each(recorded.map((pair) => [pair.name, pair] as const))("%s", (_, { raw, adjusted, maxClockSkewMs }) => {
    const ours = adjust(spansOfV1Trace(raw), BigInt(maxClockSkewMs) * 1_000_000n);
    expect(ours.map((span) => spanText(inMicroseconds(span))).sort()).toEqual(
      spansOfV1Trace(adjusted).map(spanText).sort(),
    );
  });
});

describe("an adjusted trace", () => {
  const generator = new SpanGenerator(11);

  it("comes by start time, then by span id, whatever order it was stored in", () => {
    const spans = generator.trace({ spans: 30 });
    const texts = adjust(spans).map(spanText);
    expect(adjust(generator.random.shuffle(spans)).map(spanText)).toEqual(texts);
    const starts = adjust(spans).map((span) => span.startTimeNs);
    expect(starts).toEqual([...starts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  });

  it("can be read again and leaves the stored spans as they are", () => {
    const encoded = batchOf(generator.sharedSpanIdTrace().spans).spans;
    const before = [...new RawTrace("id", encoded).spans()].map(spanText);
    const view = new AdjustedTrace("id", encoded, 10n ** 12n);
    expect([...view.spans()].map(spanText)).toEqual([...view.spans()].map(spanText));
    expect([...new RawTrace("id", encoded).spans()].map(spanText)).toEqual(before);
  });

  it("counts the spans it shows", () => {
    const spans = generator.trace({ spans: 5 });
    expect(new AdjustedTrace("id", batchOf([...spans, ...spans]).spans, 0n).spanCount).toBe(5);
    expect(new RawTrace("id", batchOf([...spans, ...spans]).spans).spanCount).toBe(10);
  });

  it("gives all spans of equal processes one process object, though a store decoded them apart", () => {
    const [encoded] = batchOf([generator.span()]).spans;
    if (encoded === undefined) throw new Error("no span");
    const { buffer, start, end, process, traceIdStart, flags, isRoot } = encoded;
    const other = new EncodedProcess(Uint8Array.from(process.bytes), process.serviceName);
    const twin = new EncodedSpan(buffer, start, end, other, traceIdStart, flags, isRoot);
    const [a, b] = [...new RawTrace("id", [encoded, twin]).spans()];
    expect(a?.process).toBe(b?.process);
  });

  it("moves library tags to a process that spans with the same ones share", () => {
    const library: KeyValue = { key: "telemetry.sdk.name", type: "string", value: "otel" };
    const process = generator.process("library");
    const traceId = generator.traceId();
    const spans = Array.from({ length: 3 }, (_, i) =>
      generator.span({ traceId, process, tags: i === 2 ? [] : [library, { key: "a", type: "bool", value: true }] }),
    );
    const shown = adjust(spans);
    const extended = shown.filter((span) => span.process.tags.some((tag) => tag.key === library.key));
    expect(extended).toHaveLength(2);
    expect(extended[0]?.process).toBe(extended[1]?.process);
    for (const span of shown) expect(span.tags.some((tag) => tag.key === library.key)).toBe(false);
  });

  it("takes a chain of 50,000 spans without running out of stack", () => {
    const traceId = generator.traceId();
    const process = { serviceName: "deep", tags: [] };
    const spans: Span[] = [];
    let parent: Span | undefined;
    for (let i = 0; i < 50_000; i++) {
      const references = parent === undefined ? [] : [childOf(parent)];
      parent = generator.span({ traceId, process, references, tags: [], logs: [] });
      spans.push(parent);
    }
    const view = new AdjustedTrace(traceId, batchOf(spans).spans, 0n);
    let count = 0;
    for (const span of view.spans()) if (span.traceId === traceId) count++;
    expect(count).toBe(50_000);
  });

  it("takes 20,000 spans of one id in no more than linear time", () => {
    const template = generator.span();
    const spans = Array.from({ length: 20_000 }, (_, i) => ({
      ...template,
      tags: [{ key: "n", type: "int64", value: BigInt(i % 10_000) }] as const,
    }));
    expect(new AdjustedTrace("id", batchOf(spans).spans, 0n).spanCount).toBe(10_000);
  });
});
