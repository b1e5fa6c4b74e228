import {
  EncodedSpan,
  NO_FIELDS,
  NO_PROCESS,
  ProcessTable,
  SpanWireError,
  WireWriter,
  wholeSpan,
  wholeSpanLength,
} from "@spoor/span-wire";
import { batchOf, query, SpanGenerator } from "@spoor/storage-testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeCapabilities,
  decodeDependencies,
  decodeOperations,
  decodeTraceIds,
  encodeCapabilities,
  encodeDependencies,
  encodeOperations,
  encodeTraceIds,
} from "./replies.ts";
import {
  decodeFindTraces,
  decodeGetDependencies,
  decodeGetOperations,
  decodeGetTrace,
  encodeFindTraces,
  encodeGetDependencies,
  encodeGetOperations,
  encodeGetTrace,
} from "./requests.ts";
import { decodeChunk, decodeWriteSpan, encodeChunks, encodeWriteSpan } from "./spans.ts";

const generator = new SpanGenerator(3);

describe("requests", () => {
  test("say the search that was asked for", () => {
    const asked = query({
      serviceName: "a",
      operationName: "b",
      tags: new Map([
        ["k", "v"],
        ["", "é"],
      ]),
      startTimeMinNs: -1n,
      startTimeMaxNs: 1_795_423_020_123_456_789n,
      durationMinNs: 1n,
      durationMaxNs: 2n ** 62n,
      limit: 7,
    });
    expect(decodeFindTraces(encodeFindTraces(asked))).toEqual(asked);
    expect(decodeFindTraces(encodeFindTraces(query()))).toEqual(query());
  });

  test("of v1, whose zero times are no bounds and whose zero limit is its default", () => {
    // Timestamp { seconds = -62135596800 }, as Go sends time.Time{}.
    const writer = new WireWriter();
    writer.tag(1, 0);
    writer.varintBig(-62_135_596_800n);
    const zero = writer.finish();
    const times = [4, 5].map((field) => Buffer.concat([Buffer.from([(field << 3) | 2, zero.length]), zero]));
    const inner = Buffer.concat([...times, Buffer.from([0x32, 0, 0x3a, 0])]);
    expect(decodeFindTraces(Buffer.concat([Buffer.from([0x0a, inner.length]), inner]))).toEqual({
      tags: new Map(),
      startTimeMinNs: -(2n ** 63n),
      startTimeMaxNs: 2n ** 63n - 1n,
      limit: 100,
    });
    expect(decodeFindTraces(new Uint8Array(0))).toBeUndefined();
  });

  test("say ids, names and times", () => {
    const traceId = generator.traceId();
    expect(decodeGetTrace(encodeGetTrace(traceId))).toBe(traceId);
    expect(decodeGetTrace(Buffer.from("0a080000000000000abc", "hex"))).toBe("0abc".padStart(32, "0"));
    expect(() => decodeGetTrace(Buffer.from("0a020abc", "hex"))).toThrow("invalid length for TraceID");
    for (const asked of [{ serviceName: "a" }, { serviceName: "a", spanKind: "server" }]) {
      expect(decodeGetOperations(encodeGetOperations(asked))).toEqual(asked);
    }
    const range = { startTimeMs: 1_795_423_020_123, endTimeMs: 1_795_423_021_456 };
    expect(decodeGetDependencies(encodeGetDependencies(range))).toEqual(range);
  });
});

describe("replies", () => {
  test("say links, operations and what cut an answer off", () => {
    const links = [
      { parent: "a", child: "b", callCount: 2 ** 53 - 1, source: "" },
      { parent: "", child: "c", callCount: 0, source: "x" },
    ];
    expect(decodeDependencies(encodeDependencies(links))).toEqual(links);
    const operations = [
      { name: "a", spanKind: "" },
      { name: "", spanKind: "server" },
    ];
    expect(decodeOperations(encodeOperations(operations))).toEqual(operations);
    expect(decodeOperations(Buffer.from([0x0a, 1, 0x61]))).toEqual([{ name: "a", spanKind: "" }]);
    for (const completeness of [
      { complete: true },
      { complete: false, reason: "memory", detail: "too many" },
    ] as const) {
      const found = { traceIds: [generator.traceId(), generator.traceId()], completeness };
      expect(decodeTraceIds(encodeTraceIds(found))).toEqual(found);
    }
    for (const archive of [true, false]) {
      const known = { archive, streamingWrites: !archive, store: { persistent: archive, searchWithoutService: true } };
      expect(decodeCapabilities(encodeCapabilities(known))).toEqual(known);
    }
  });
});

describe("spans", () => {
  test("stay the bytes they are", () => {
    const spans = batchOf(generator.trace({ spans: 20 })).spans;
    const whole = (span: EncodedSpan) => Buffer.from(wholeSpan(span, NO_FIELDS)).toString("hex");
    for (const span of spans) {
      const read = decodeWriteSpan(encodeWriteSpan(span, NO_FIELDS), new ProcessTable());
      expect(read === undefined ? "" : whole(read)).toBe(whole(span));
    }
    const read = [...encodeChunks(spans)].flatMap((chunk) => decodeChunk(chunk, new ProcessTable()));
    expect(read.map(whole)).toEqual(spans.map(whole));
    expect(decodeWriteSpan(new Uint8Array(0), new ProcessTable())).toBeUndefined();
  });

  test("come in chunks of a thousand, or of a megabyte, or alone", () => {
    const sized = (bytes: number) => new EncodedSpan(new Uint8Array(bytes), 0, bytes, NO_PROCESS, 0, 0, true);
    const lengths = (spans: readonly EncodedSpan[]) => [...encodeChunks(spans)].map(({ length }) => length);
    const small = sized(100);
    const field = wholeSpanLength(small, NO_FIELDS) + 2;
    expect(lengths(Array.from({ length: 2500 }, () => small))).toEqual([1000 * field, 1000 * field, 500 * field]);
    const large = lengths(Array.from({ length: 10 }, () => sized(300_000)));
    expect(Math.max(...large)).toBeLessThan(1024 * 1024);
    expect(large).toHaveLength(4);
    expect(lengths([sized(3_000_000), small])).toHaveLength(2);
    expect(lengths([])).toEqual([]);
  });
});

test("no bytes make a decoder do anything but read them or refuse them", () => {
  const decoders = [
    (bytes: Uint8Array) => decodeFindTraces(bytes),
    (bytes: Uint8Array) => decodeGetDependencies(bytes),
    (bytes: Uint8Array) => decodeTraceIds(bytes),
    (bytes: Uint8Array) => decodeCapabilities(bytes),
    (bytes: Uint8Array) => decodeDependencies(bytes),
    (bytes: Uint8Array) => decodeOperations(bytes),
    (bytes: Uint8Array) => decodeChunk(bytes, new ProcessTable()),
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(...decoders), (bytes, decode) => {
      try {
        decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(SpanWireError);
      }
    }),
    { numRuns: 3000 },
  );
});
