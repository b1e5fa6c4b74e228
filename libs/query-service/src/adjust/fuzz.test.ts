import type { KeyValue, Span } from "@spoor/span-model";
import { batchOf, Random, SpanGenerator, spanText, spanTexts } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import { AdjustedTrace } from "./adjusted-trace.ts";
import { RawTrace } from "./raw-trace.ts";

const STARTS = [0n, 1n, 1_795_423_020_000_000_000n, 1_795_423_020_000_000_001n, 253_402_300_000_000_000_000n, -1n];
const DURATIONS = [0n, 1n, -1n, 1_500_000_000n, 2n ** 63n - 1n, -(2n ** 63n)];

/** A trace such as no client makes: few ids for many spans, circles, zero ids, every kind, extreme times, copies. */
function wildTrace(seed: number): Span[] {
  const generator = new SpanGenerator(seed);
  const random = new Random(seed);
  const traceId = generator.traceId();
  const id = () => random.between(0, 8).toString(16).padStart(16, "0");
  const trace = () => (random.chance(0.8) ? traceId : random.pick(["0".repeat(32), generator.traceId()]));
  const spans = Array.from({ length: random.between(1, 40) }, () => {
    const kinds: KeyValue[] = Array.from({ length: random.between(0, 2) }, () => {
      return { key: "span.kind", type: "string", value: random.pick(["client", "server", "internal"]) };
    });
    return generator.span({
      traceId,
      spanId: id(),
      startTimeNs: random.pick(STARTS),
      durationNs: random.pick(DURATIONS),
      references: Array.from({ length: random.between(0, 3) }, () => ({
        type: random.pick(["CHILD_OF", "FOLLOWS_FROM"] as const),
        traceId: trace(),
        spanId: id(),
      })),
      tags: [...kinds, ...generator.tags(random.between(0, 4))],
    });
  });
  return random.shuffle([...spans, ...spans.filter(() => random.chance(0.2))]);
}

describe("wild traces", () => {
  it.each(Array.from({ length: 200 }, (_, seed) => [seed]))("are shown completely: seed %i", (seed) => {
    const spans = wildTrace(seed);
    const encoded = batchOf(spans).spans;
    const distinct = new Set(spans.map(spanText)).size;
    const view = new AdjustedTrace("id", encoded, seed % 2 === 0 ? 0n : 2n ** 62n);
    const shown = [...view.spans()];
    expect(view.spanCount).toBe(distinct);
    expect(shown).toHaveLength(distinct);
    expect(shown.map((span) => span.operationName).sort()).toEqual(distinctNames(spans));
    for (const span of shown) {
      for (const reference of span.references) expect(reference.traceId).not.toBe("0".repeat(32));
      if (seed % 2 === 0) expect(span.warnings.some((text) => text.includes("were adjusted"))).toBe(false);
    }
    expect([...view.spans()].map(spanText)).toEqual(shown.map(spanText));
    expect(spanTexts([...new RawTrace("id", encoded).spans()])).toEqual(spanTexts(spans));
  });
});

function distinctNames(spans: readonly Span[]): string[] {
  return [...new Map(spans.map((span) => [spanText(span), span.operationName])).values()].sort();
}
