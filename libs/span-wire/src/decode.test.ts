import { arbitraryProcess, arbitrarySpan } from "@spoor/span-testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeProcess, decodeSpan } from "./decode.ts";
import { encodeProcess, encodeSpans } from "./encode.ts";
import { readSpanId, readTraceId } from "./ids.ts";
import { scanSpan } from "./scan.ts";
import { goSpan, oracleEncode } from "./testing/oracle.ts";
import { wholeSpan } from "./whole-span.ts";

describe("encoding and decoding spans", () => {
  it("writes the bytes that Go writes", () => {
    fc.assert(
      fc.property(fc.array(arbitrarySpan(), { maxLength: 4 }), (spans) => {
        const encoded = encodeSpans(spans);
        expect(encoded.map((span) => new Uint8Array(span.buffer.subarray(span.start, span.end)))).toEqual(
          spans.map((span) => oracleEncode("Span", goSpan(span))),
        );
      }),
      { numRuns: 150 },
    );
  });

  it("gives back what it was given", () => {
    fc.assert(
      fc.property(fc.array(arbitrarySpan(), { maxLength: 4 }), (spans) => {
        const encoded = encodeSpans(spans);
        expect(encoded.map(decodeSpan)).toEqual(spans);
        expect(encoded.map(readTraceId)).toEqual(spans.map((span) => span.traceId));
        expect(encoded.map(readSpanId)).toEqual(spans.map((span) => span.spanId));
      }),
      { numRuns: 150 },
    );
  });

  it("shares an encoded process between spans with the same process object, and its decoded form", () => {
    const [process, other] = fc.sample(arbitraryProcess(), { numRuns: 2, seed: 1 });
    const [span] = fc.sample(arbitrarySpan(), { numRuns: 1, seed: 1 });
    if (process === undefined || other === undefined || span === undefined) throw new Error("no sample");
    const [first, second, third] = encodeSpans([
      { ...span, process },
      { ...span, process: other },
      { ...span, process },
    ]);
    expect(third?.process).toBe(first?.process);
    expect(second?.process).not.toBe(first?.process);
    expect(first && third && decodeSpan(third).process).toBe(first && decodeSpan(first).process);
    expect(first?.process.bytes).toEqual(encodeProcess(process).bytes);
  });

  it("refuses times that protobuf cannot hold", () => {
    const [span] = fc.sample(arbitrarySpan(), { numRuns: 1, seed: 2 });
    if (span === undefined) throw new Error("no sample");
    const year10000 = 253_402_300_800_000_000_000n;
    expect(() => encodeSpans([{ ...span, startTimeNs: year10000 }])).toThrow("after 10000-01-01");
    expect(() => encodeSpans([{ ...span, durationNs: 2n ** 63n }])).toThrow("out of range");
  });

  it("shows each invalid byte of a text as U+FFFD", () => {
    const bytes = Buffer.concat([
      oracleEncode("Span", { trace_id: Buffer.alloc(16), span_id: Buffer.alloc(8), start_time: {}, duration: {} }),
      Buffer.from("1a0461fffe62", "hex"),
      Buffer.from("420a0a02c3281a0462e28278", "hex"),
    ]);
    expect(decodeSpan(scanSpan(bytes))).toMatchObject({
      operationName: "a\ufffd\ufffdb",
      tags: [{ key: "\ufffd(", value: "b\ufffd\ufffdx" }],
    });
  });

  it("appends common fields and the process to a whole span", () => {
    fc.assert(
      fc.property(arbitrarySpan(), (span) => {
        const common = oracleEncode("Span", { tags: [{ key: "@jaeger@format", v_str: "proto" }] });
        const [encoded] = encodeSpans([span]);
        if (encoded === undefined) throw new Error("no span");
        const whole = scanSpan(wholeSpan(encoded, common));
        expect(decodeSpan(whole)).toEqual({
          ...span,
          tags: [...span.tags, { key: "@jaeger@format", type: "string", value: "proto" }],
        });
        expect(decodeProcess(whole.process)).toEqual(span.process);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps the value types that v1 does not know", () => {
    const bytes = oracleEncode("Span", { tags: [{ key: "u", v_type: 9, v_str: "str" }] });
    const [tag] = decodeSpan(scanSpan(bytes)).tags;
    expect(tag).toEqual({ key: "u", type: "unknown", code: 9 });
  });
});
