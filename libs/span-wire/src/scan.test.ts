import { arbitraryProcess, arbitrarySpan } from "@spoor/span-testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeProcess, decodeSpan } from "./decode.ts";
import { encodeProcess, encodeSpans } from "./encode.ts";
import type { EncodedSpan } from "./encoded-span.ts";
import { SpanWireError } from "./errors.ts";
import { DEFAULT_WIRE_LIMITS } from "./limits.ts";
import { NO_PROCESS, ProcessTable } from "./process-table.ts";
import { scanBatch, scanPostSpansRequest, scanProcess, scanSpan } from "./scan.ts";
import { NO_FIELDS } from "./span-batch.ts";
import { goProcess, goSpan, oracleEncode } from "./testing/oracle.ts";
import { wholeSpan } from "./whole-span.ts";

const IDS = { trace_id: Buffer.alloc(16, 7), span_id: Buffer.alloc(8, 9) };
const TIMES = { start_time: { seconds: 1_795_423_020 }, duration: { nanos: 5 } };
const NAMED = { service_name: "shop" };

function bytesOf(span: EncodedSpan): Uint8Array {
  return new Uint8Array(span.buffer.subarray(span.start, span.end));
}

function batchOf(spans: readonly unknown[], process?: unknown): Uint8Array {
  return oracleEncode("Batch", process === undefined ? { spans } : { spans, process });
}

function refusal(scan: () => unknown): SpanWireError {
  try {
    scan();
  } catch (error) {
    if (error instanceof SpanWireError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("scanning a batch", () => {
  it("slices canonical spans out of the request without copying them", () => {
    fc.assert(
      fc.property(fc.array(arbitrarySpan(), { maxLength: 5 }), arbitraryProcess(), (spans, process) => {
        const canonical = spans.map((span) => oracleEncode("Span", goSpan(span)));
        const request = batchOf(spans.map(goSpan), goProcess(process));
        const scanned = scanBatch(request);
        expect(scanned.map((span) => span.buffer === request)).toEqual(spans.map(() => true));
        expect(scanned.map(bytesOf)).toEqual(canonical);
        expect(scanned.map((span) => span.flags)).toEqual(spans.map((span) => span.flags));
        for (const span of scanned) {
          expect(span.process.bytes).toEqual(oracleEncode("Process", goProcess(process)));
          expect(span.process.serviceName).toBe(process.serviceName);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("takes a span's own process out of its bytes and prefers it to the batch's", () => {
    const request = batchOf(
      [
        { ...IDS, ...TIMES, process: NAMED },
        { ...IDS, ...TIMES },
      ],
      { service_name: "batch" },
    );
    const [own, shared] = scanBatch(request);
    expect(own?.process.serviceName).toBe("shop");
    expect(own?.buffer).toBe(request);
    expect(shared?.process.serviceName).toBe("batch");
    expect(own && bytesOf(own)).toEqual(shared && bytesOf(shared));
  });

  it("shares one object between equal processes", () => {
    const spans = ["a", "b", "a", "b"].map((service_name) => ({ ...IDS, ...TIMES, process: { service_name } }));
    const [first, second, third, fourth] = scanBatch(batchOf(spans)).map((span) => span.process);
    expect(third).toBe(first);
    expect(fourth).toBe(second);
    expect(second).not.toBe(first);
  });

  it("shares processes between spans scanned one by one with one table, apart from the bytes they came in", () => {
    const processes = new ProcessTable();
    const bytes = oracleEncode("Span", { ...IDS, ...TIMES, process: NAMED });
    const scan = () => scanSpan(bytes, 0, bytes.length, DEFAULT_WIRE_LIMITS, NO_PROCESS, processes).process;
    const first = scan();
    expect(scan()).toBe(first);
    expect(first.bytes.buffer).not.toBe(bytes.buffer);
  });

  it("tells a missing process from an empty one", () => {
    const [missing, empty] = scanBatch(
      batchOf([
        { ...IDS, ...TIMES },
        { ...IDS, ...TIMES, process: {} },
      ]),
    );
    expect(missing?.process).toBe(NO_PROCESS);
    expect(empty?.process).not.toBe(NO_PROCESS);
    expect(empty?.process.serviceName).toBe("");
  });

  it("reads a request whose batch comes in parts", () => {
    const part = (bytes: Uint8Array) => Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]);
    const request = Buffer.concat([part(batchOf([{ ...IDS, ...TIMES }])), part(batchOf([], NAMED))]);
    expect(scanPostSpansRequest(request).map((span) => span.process.serviceName)).toEqual(["shop"]);
  });

  it("refuses more spans or more elements of a span than the limits allow", () => {
    const tags = [{ key: "a" }, { key: "b" }];
    const request = batchOf([
      { ...IDS, ...TIMES, tags },
      { ...IDS, ...TIMES, tags },
    ]);
    const scan = (maxSpans: number, maxElementsPerSpan: number) => () =>
      scanBatch(request, 0, request.length, { maxSpans, maxElementsPerSpan });
    expect(scan(2, 2)()).toHaveLength(2);
    expect(refusal(scan(1, 2)).code).toBe("LIMIT_EXCEEDED");
    expect(refusal(scan(2, 1)).code).toBe("LIMIT_EXCEEDED");
  });
});

describe("making spans canonical", () => {
  const canonical = oracleEncode("Span", { ...IDS, operation_name: "op", ...TIMES });

  it("pads a trace id of eight bytes with zeros in front, in references too", () => {
    const short = { trace_id: Buffer.alloc(8, 7), span_id: IDS.span_id };
    const span = scanSpan(oracleEncode("Span", { ...short, references: [short], ...TIMES }));
    const traceId = "0".repeat(16) + "07".repeat(8);
    expect(decodeSpan(span)).toMatchObject({ traceId, references: [{ traceId, spanId: "09".repeat(8) }] });
    expect(span.isRoot).toBe(false);
  });

  it("fills absent ids with zeros and absent times with Go's zero values", () => {
    const span = decodeSpan(scanSpan(oracleEncode("Span", { references: [{ ref_type: 1 }], logs: [{}] })));
    expect(span).toMatchObject({
      traceId: "0".repeat(32),
      spanId: "0".repeat(16),
      references: [{ type: "FOLLOWS_FROM", traceId: "0".repeat(32), spanId: "0".repeat(16) }],
      startTimeNs: -62_135_596_800_000_000_000n,
      durationNs: 0n,
      logs: [{ timestampNs: -62_135_596_800_000_000_000n, fields: [] }],
    });
  });

  it("keeps the last of a singular field that comes twice", () => {
    const twice = Buffer.concat([oracleEncode("Span", { operation_name: "first", flags: 3 }), canonical]);
    const span = scanSpan(twice);
    expect(decodeSpan(span)).toMatchObject({ operationName: "op", flags: 3 });
    expect(span.flags).toBe(3);
  });

  it("takes out a process that is not the last field, and joins two of them", () => {
    const process = oracleEncode("Span", { process: NAMED });
    const tagged = oracleEncode("Span", { process: { tags: [{ key: "k", v_str: "v" }] } });
    const warning = oracleEncode("Span", { warnings: ["late"] });
    const span = scanSpan(Buffer.concat([process, canonical, tagged, warning]));
    expect(bytesOf(span)).toEqual(new Uint8Array(Buffer.concat([canonical, warning])));
    expect(decodeProcess(span.process)).toEqual({
      serviceName: "shop",
      tags: [{ key: "k", type: "string", value: "v" }],
    });
  });

  it("knows a span for no root although its reference comes before its trace id", () => {
    const references = oracleEncode("Span", { references: [{ trace_id: IDS.trace_id, span_id: Buffer.alloc(8, 1) }] });
    expect(scanSpan(canonical).isRoot).toBe(true);
    expect(scanSpan(Buffer.concat([references, canonical])).isRoot).toBe(false);
  });

  it("keeps fields it does not know, groups too, along with process_id and warnings", () => {
    const unknown = Buffer.from([0xf2, 0x06, 2, 0x68, 0x69, 0xa8, 0x06, 5, 0x9b, 0x06, 0x08, 1, 0x9c, 0x06]);
    const known = oracleEncode("Span", { process_id: "p1", warnings: ["w"] });
    const span = scanSpan(Buffer.concat([canonical, known, unknown]));
    expect(bytesOf(span)).toEqual(new Uint8Array(Buffer.concat([canonical, known, unknown])));
    expect(decodeSpan(span).warnings).toEqual(["w"]);
  });

  it("gives the same bytes when it scans its own result again", () => {
    fc.assert(
      fc.property(arbitrarySpan(), fc.constantFrom("trace_id", "span_id", "start_time", "duration"), (span, absent) => {
        const { [absent]: _, ...message } = goSpan(span);
        const bytes = oracleEncode("Span", { ...message, process: goProcess(span.process) });
        const once = scanSpan(bytes);
        const whole = wholeSpan(once, NO_FIELDS);
        const again = scanSpan(whole);
        expect(again.buffer).toBe(whole);
        expect(decodeSpan(again)).toEqual(decodeSpan(once));
      }),
      { numRuns: 100 },
    );
  });
});

describe("being a root", () => {
  const traceId = "ab".repeat(16);
  const spanId = "cd".repeat(8);
  const isRoot = (...references: readonly (readonly ["CHILD_OF" | "FOLLOWS_FROM", string, string])[]) => {
    const [span] = encodeSpans([
      {
        traceId,
        spanId,
        operationName: "",
        references: references.map(([type, trace, id]) => ({ type, traceId: trace, spanId: id })),
        flags: 0,
        startTimeNs: 0n,
        durationNs: 0n,
        tags: [],
        logs: [],
        process: { serviceName: "", tags: [] },
        warnings: [],
      },
    ]);
    if (span === undefined) throw new Error("no span");
    expect(scanSpan(wholeSpan(span, NO_FIELDS)).isRoot).toBe(span.isRoot);
    return span.isRoot;
  };

  it("means that no reference names a span of the same trace", () => {
    expect(isRoot()).toBe(true);
    expect(isRoot(["CHILD_OF", "ef".repeat(16), spanId])).toBe(true);
    expect(isRoot(["CHILD_OF", traceId, "0".repeat(16)])).toBe(true);
    expect(isRoot(["FOLLOWS_FROM", traceId, spanId])).toBe(false);
    expect(isRoot(["CHILD_OF", "ef".repeat(16), spanId], ["CHILD_OF", traceId, spanId])).toBe(false);
  });

  it("goes by the first CHILD_OF before any FOLLOWS_FROM", () => {
    expect(isRoot(["FOLLOWS_FROM", traceId, spanId], ["CHILD_OF", traceId, "0".repeat(16)])).toBe(true);
  });
});

describe("refusing spans", () => {
  it.each([
    ["a trace id of five bytes", { trace_id: Buffer.alloc(5) }, "INVALID_ID", "invalid length for TraceID"],
    [
      "a reference with a long trace id",
      { ...IDS, references: [{ trace_id: Buffer.alloc(17) }] },
      "INVALID_ID",
      "invalid length for TraceID",
    ],
    ["negative nanoseconds", { start_time: { nanos: -1 } }, "INVALID_TIME", "nanos not in range [0, 1e9)"],
    ["a time before year 1", { start_time: { seconds: -62_135_596_801 } }, "INVALID_TIME", "before 0001-01-01"],
    [
      "a log after year 9999",
      { logs: [{ timestamp: { seconds: 253_402_300_800 } }] },
      "INVALID_TIME",
      "after 10000-01-01",
    ],
    ["a duration of two signs", { duration: { seconds: 1, nanos: -1 } }, "INVALID_TIME", "have different signs"],
    [
      "a duration over 64 bits",
      { duration: { seconds: 9_223_372_037 } },
      "INVALID_TIME",
      "out of range for time.Duration",
    ],
    [
      "a negative duration over 64 bits",
      { duration: { seconds: -9_223_372_036, nanos: -854_775_809 } },
      "INVALID_TIME",
      "out of range for time.Duration",
    ],
    [
      "a duration over protobuf's range",
      { duration: { seconds: 315_576_000_001 } },
      "INVALID_TIME",
      "seconds out of range",
    ],
  ])("with %s", (_name, message, code, text) => {
    const error = refusal(() => scanSpan(oracleEncode("Span", message)));
    expect([error.code, error.retryable]).toEqual([code, false]);
    expect(error.message).toContain(text);
  });

  it.each([
    ["an empty trace id", "0a00", "invalid length for TraceID"],
    ["an empty span id", "1200", "invalid length for SpanID"],
    ["an empty span id in a reference", "22021200", "invalid length for SpanID"],
  ])("with %s, which is not the same as none", (_name, hex, text) => {
    const error = refusal(() => scanSpan(Buffer.from(hex, "hex")));
    expect([error.code, error.message]).toEqual(["INVALID_ID", text]);
  });

  it.each([
    ["a field that runs past the end", "1a0541", "unexpected EOF"],
    ["a length over 32 bits", "1affffffff7f", "unexpected EOF"],
    ["a negative length", "1affffffffffffffffff01", "proto: negative length found during unmarshaling"],
    ["a varint of eleven bytes", "28ffffffffffffffffffff01", "proto: integer overflow"],
    ["the end of a group", "0c", "proto: Span: wiretype end group for non-group"],
    ["a field of number zero", "0200", "proto: Span: illegal tag 0 (wire type 2)"],
    ["an unknown wire type", "f706", "proto: illegal wireType 7"],
    ["a text where a number belongs", "2a00", "proto: wrong wireType = 2 for field Flags"],
    ["a number where a time belongs", "3000", "proto: wrong wireType = 0 for field StartTime"],
    ["a fixed number in a time", "320109", "proto: wrong wireType = 1 for field Seconds"],
    ["a tag whose value is of the wrong type", "42021800", "proto: wrong wireType = 0 for field VStr"],
    ["a group that never ends", "9b060801", "unexpected EOF"],
    ["groups in groups without end", "9b06".repeat(100), "proto: groups nest too deep"],
  ])("with %s", (_name, hex, text) => {
    const error = refusal(() => scanSpan(Buffer.from(hex, "hex")));
    expect([error.code, error.message]).toEqual(["MALFORMED", text]);
  });
});

describe("scanning a process", () => {
  it("gives its name and keeps its bytes", () => {
    fc.assert(
      fc.property(arbitraryProcess(), (process) => {
        const bytes = oracleEncode("Process", goProcess(process));
        const scanned = scanProcess(bytes);
        expect(scanned.bytes).toBe(bytes);
        expect(decodeProcess(scanned)).toEqual(process);
        expect(encodeProcess(process).bytes).toEqual(bytes);
      }),
      { numRuns: 50 },
    );
  });
});
