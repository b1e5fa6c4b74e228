import type { KeyValue } from "@spoor/span-model";
import { encodeSpans, SpanWireError, valueText } from "@spoor/span-wire";
import { EXTREME_TAGS, SpanGenerator } from "@spoor/storage-testkit";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashTag, hashText, SEED } from "./hash.ts";
import { durationBucket, MAX_DURATION_BUCKET, ROLE, SpanScanner } from "./span-scanner.ts";

const generator = new SpanGenerator(1);

function scan(span: Parameters<typeof encodeSpans>[0][number]): SpanScanner {
  const [encoded] = encodeSpans([span]);
  if (encoded === undefined) throw new Error("nothing was encoded");
  const scanner = new SpanScanner();
  scanner.scan(encoded.buffer, encoded.start, encoded.end, encoded.traceIdStart);
  return scanner;
}

function hashesOf(scanner: SpanScanner): number[] {
  return [...scanner.hashes.values.subarray(0, scanner.hashes.count)];
}

describe("the index keys of a span", () => {
  it("are the texts of its tags and log fields, and its operation", () => {
    const span = generator.span({
      tags: EXTREME_TAGS,
      logs: [{ timestampNs: 1n, fields: EXTREME_TAGS }],
      operationName: "an operation",
    });
    const tags = EXTREME_TAGS.map((tag) => hashTag(tag.key, valueText(tag)));
    expect(hashesOf(scan(span))).toEqual([...tags, ...tags, hashText("an operation", SEED.operation)]);
  });

  it("agree with valueText for any value", () => {
    const key = fc.string({ unit: "grapheme" });
    const value = fc.oneof(
      fc.record({ key, type: fc.constant("string" as const), value: fc.string({ unit: "grapheme" }) }),
      fc.record({ key, type: fc.constant("bool" as const), value: fc.boolean() }),
      fc.record({
        key,
        type: fc.constant("int64" as const),
        value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      }),
      fc.record({ key, type: fc.constant("float64" as const), value: fc.double() }),
      fc.record({ key, type: fc.constant("binary" as const), value: fc.uint8Array() }),
    );
    fc.assert(
      fc.property(value, (tag: KeyValue) => {
        const scanner = scan(generator.span({ tags: [tag], logs: [] }));
        expect(hashesOf(scanner)[0]).toBe(hashTag(tag.key, valueText(tag)));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe("a scan", () => {
  it("finds start, duration, ids and the parent that v1 would take", () => {
    const traceId = "0123456789abcdef0011223344556677";
    const scanner = scan(
      generator.span({
        traceId,
        spanId: "00000000000000ff",
        startTimeNs: -1n,
        durationNs: 1_000_000n,
        references: [
          { type: "CHILD_OF", traceId: generator.traceId(), spanId: "0000000000000001" },
          { type: "FOLLOWS_FROM", traceId, spanId: "0000000000000002" },
          { type: "CHILD_OF", traceId, spanId: "8000000000000003" },
          { type: "CHILD_OF", traceId, spanId: "0000000000000004" },
        ],
        tags: [{ key: "span.kind", type: "string", value: "server" }],
      }),
    );
    expect(scanner).toMatchObject({
      startMs: -1,
      duration: durationBucket(1e6),
      spanIdHigh: 0,
      spanIdLow: 255,
      parentIdHigh: 0x80000000,
      parentIdLow: 3,
      role: ROLE.hasParent | ROLE.server,
    });
  });

  it("of damaged bytes throws a SpanWireError or gives something, and ends", () => {
    const [encoded] = encodeSpans([generator.extremeSpan()]);
    if (encoded === undefined) throw new Error("nothing was encoded");
    const scanner = new SpanScanner();
    for (let i = 0; i < 3000; i++) {
      const bytes = Uint8Array.from(encoded.buffer);
      for (let hit = 0; hit < 1 + (i % 4); hit++) {
        bytes[generator.random.between(encoded.start, encoded.end - 1)] = generator.random.between(0, 255);
      }
      scanner.hashes.count = 0;
      try {
        scanner.scan(bytes, encoded.start, encoded.end, encoded.traceIdStart);
      } catch (error) {
        expect(error).toBeInstanceOf(SpanWireError);
      }
      expect(scanner.hashes.count).toBeLessThan(1000);
    }
  });
});

describe("duration buckets", () => {
  it("grow with the duration from 0 to their maximum", () => {
    const durations = [-5, 0, 1, 2, 999, 1000, 1e6, 1.3e6, 1e9, 2 ** 53, 2 ** 63];
    const buckets = durations.map(durationBucket);
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(buckets[0]).toBe(0);
    expect(buckets.at(-1)).toBeLessThanOrEqual(MAX_DURATION_BUCKET);
    expect(durationBucket(1e30)).toBe(MAX_DURATION_BUCKET);
  });
});
