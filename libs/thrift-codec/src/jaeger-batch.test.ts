import { type Process, type Span, ZERO_SPAN_ID } from "@spoor/span-model";
import { arbitraryProcess, arbitrarySpan } from "@spoor/span-testkit";
import { decodeProcess, decodeSpan, encodeSpans, NO_FIELDS, scanSpan, wholeSpan } from "@spoor/span-wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeJaegerBatch } from "./encode-jaeger.ts";
import { ThriftError } from "./errors.ts";
import { decodeJaegerBatch } from "./jaeger-batch.ts";
import { batchTree } from "./testing/jaeger-tree.ts";
import { oracleWrite, writeTree } from "./testing/oracle.ts";
import type { ThriftProtocol } from "./types.ts";

const PROTOCOLS: readonly ThriftProtocol[] = ["binary", "compact"];

/** What Thrift can carry of a span: whole microseconds within 292 years, no warnings, no parent that is zero. */
function carried(span: Span, process: Process): Span {
  const us = (ns: bigint) => (BigInt.asIntN(63, ns) / 1000n) * 1000n;
  return {
    ...span,
    startTimeNs: us(span.startTimeNs),
    durationNs: us(span.durationNs),
    references: span.references.filter(({ spanId }) => spanId !== ZERO_SPAN_ID),
    logs: span.logs.map((log) => ({ ...log, timestampNs: us(log.timestampNs) })),
    process,
    warnings: [],
  };
}

const batch = fc.tuple(fc.array(arbitrarySpan(), { maxLength: 4 }), arbitraryProcess()).map(([spans, process]) => ({
  process,
  spans: spans.map((span) => carried(span, process)),
}));

const [sample] = fc.sample(arbitrarySpan(), { numRuns: 1, seed: 5 });
const plain = (over: Partial<Span>): Span => {
  if (sample === undefined) throw new Error("no sample");
  return {
    ...sample,
    traceId: "0".repeat(31).concat("7"),
    spanId: "0".repeat(15).concat("9"),
    startTimeNs: 1_795_423_020_000_000_000n,
    durationNs: 5000n,
    references: [],
    tags: [],
    logs: [],
    warnings: [],
    ...over,
  };
};
const service: Process = { serviceName: "shop", tags: [] };

function error(read: () => unknown): ThriftError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof ThriftError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}

describe.each(PROTOCOLS)("jaeger batches in the %s protocol", (protocol) => {
  const oracle = (input: Parameters<typeof batchTree>[0], order?: Parameters<typeof batchTree>[1]) =>
    oracleWrite(protocol, (output) => writeTree(output, batchTree(input, order)));

  it("are read as npm's thrift writes them, in the bytes that Go would write to protobuf", () => {
    fc.assert(
      fc.property(batch, ({ spans, process }) => {
        const decoded = decodeJaegerBatch(oracle({ spans, process, seqNo: -7n }), protocol);
        expect(decoded.spans.map(decodeSpan)).toEqual(spans);
        expect(decoded.seqNo).toBe(-7n);
        expect(decodeProcess(decoded.process)).toEqual(process);
        const whole = decoded.spans.map((span) => wholeSpan(span, NO_FIELDS));
        expect(whole).toEqual(encodeSpans(spans).map((span) => wholeSpan(span, NO_FIELDS)));
        whole.forEach((bytes, i) => {
          const scanned = scanSpan(bytes);
          expect(scanned.buffer).toBe(bytes);
          expect([scanned.isRoot, scanned.flags]).toEqual([decoded.spans[i]?.isRoot, decoded.spans[i]?.flags]);
        });
      }),
      { numRuns: 100 },
    );
  });

  it("are written as npm's thrift writes them", () => {
    fc.assert(
      fc.property(batch, (input) => {
        expect(encodeJaegerBatch(input, protocol)).toEqual(oracle(input));
      }),
      { numRuns: 100 },
    );
  });

  it("mean the same with their fields in any order", () => {
    fc.assert(
      fc.property(batch, fc.infiniteStream(fc.nat()), (input, numbers) => {
        const order = (fields: Parameters<NonNullable<Parameters<typeof batchTree>[1]>>[0]) =>
          fields
            .map((field) => [numbers.next().value ?? 0, field] as const)
            .sort(([a], [b]) => a - b)
            .map(([, field]) => field);
        const whole = (bytes: Uint8Array) =>
          decodeJaegerBatch(bytes, protocol).spans.map((span) => wholeSpan(span, NO_FIELDS));
        expect(whole(oracle(input, order))).toEqual(whole(oracle(input)));
      }),
      { numRuns: 100 },
    );
  });

  it("get a parent that no reference names as the first reference", () => {
    const other = { type: "FOLLOWS_FROM", traceId: "f".repeat(32), spanId: "1".repeat(16) } as const;
    const parented = (references: Span["references"], parentSpanId: bigint) => {
      const input = { process: service, spans: [plain({ references })] };
      const bytes = oracleWrite(protocol, (output) =>
        writeTree(
          output,
          batchTree(input, (fields) =>
            fields.map(([id, value]) => (id === 4 ? [4, { type: "i64", value: parentSpanId }] : [id, value])),
          ),
        ),
      );
      return decodeJaegerBatch(bytes, protocol).spans.map((span) => ({
        references: decodeSpan(span).references,
        isRoot: span.isRoot,
      }))[0];
    };
    const own = { type: "CHILD_OF", traceId: plain({}).traceId, spanId: "0".repeat(15).concat("3") } as const;
    expect(parented([], 3n)).toEqual({ references: [own], isRoot: false });
    expect(parented([other], 3n)).toEqual({ references: [own, other], isRoot: false });
    expect(parented([other, own], 3n)).toEqual({ references: [other, own], isRoot: false });
    expect(parented([{ ...own, type: "FOLLOWS_FROM" }], 3n)).toEqual({
      references: [{ ...own, type: "FOLLOWS_FROM" }],
      isRoot: false,
    });
    expect(parented([other], 0n)).toEqual({ references: [other], isRoot: true });
  });

  it("wrap durations beyond 64 bits of nanoseconds, as v1 does", () => {
    const durationOf = (us: bigint) => {
      const bytes = oracleWrite(protocol, (output) =>
        writeTree(
          output,
          batchTree({ process: service, spans: [plain({})] }, (fields) =>
            fields.map(([id, value]) => (id === 9 ? [9, { type: "i64", value: us }] : [id, value])),
          ),
        ),
      );
      return decodeJaegerBatch(bytes, protocol).spans.map((span) => decodeSpan(span).durationNs)[0];
    };
    expect(durationOf(2n ** 63n - 1n)).toBe(-1000n);
    expect(durationOf(-5n)).toBe(-5000n);
    for (const us of [9_223_372_036_854_775n, 9_223_372_036_854_776n, -9_223_372_036_854_776n, 2n ** 53n, 2n ** 52n]) {
      expect(durationOf(us)).toBe(BigInt.asIntN(64, us * 1000n));
    }
  });

  it("are refused when a time cannot be stored", () => {
    const input = { process: service, spans: [plain({ startTimeNs: (2n ** 63n - 1n) * 1000n })] };
    expect(error(() => decodeJaegerBatch(oracle(input), protocol)).code).toBe("INVALID_TIME");
  });

  it("are refused with more spans than allowed", () => {
    const bytes = oracle({ process: service, spans: [plain({}), plain({})] });
    const limits = { maxSpans: 1, maxAnnotations: 1 };
    expect(error(() => decodeJaegerBatch(bytes, protocol, limits)).code).toBe("LIMIT_EXCEEDED");
  });

  it("name the first required field that is missing", () => {
    const without = (missing: number) => () =>
      decodeJaegerBatch(
        oracle({ process: service, spans: [plain({})] }, (fields) => fields.filter(([id]) => id !== missing)),
        protocol,
      );
    const span = (name: string) => `*jaeger.Span error reading struct: Required field ${name} is not set`;
    expect(error(without(3)).message).toBe(span("SpanId"));
    expect(error(without(9)).message).toBe(span("Duration"));
    expect(error(without(1))).toMatchObject({ code: "MISSING_FIELD", message: "Required field Process is not set" });
    expect(error(without(2)).message).toBe("Required field Spans is not set");
  });

  it("carry what a client counted of its losses", () => {
    const stats = { fullQueueDroppedSpans: 1n, tooLargeDroppedSpans: 2n, failedToEmitSpans: 3n };
    const bytes = encodeJaegerBatch({ process: service, spans: [], seqNo: 12n, stats }, protocol);
    expect(decodeJaegerBatch(bytes, protocol)).toMatchObject({ seqNo: 12n, stats, spans: [] });
  });
});
