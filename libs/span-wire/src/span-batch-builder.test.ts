import { describe, expect, it } from "vitest";
import { decodeSpan } from "./decode.ts";
import { encodeProcess } from "./encode.ts";
import { writeStringKeyValue } from "./key-value.ts";
import { scanSpan } from "./scan.ts";
import { NO_FIELDS } from "./span-batch.ts";
import { SpanBatchBuilder } from "./span-batch-builder.ts";
import { writeSecondsNanos } from "./time.ts";
import { wholeSpan } from "./whole-span.ts";

const process = encodeProcess({ serviceName: "shop", tags: [] });

function writeSpan(builder: SpanBatchBuilder, id: number, parent: number | undefined): void {
  builder.beginSpan(process);
  builder.traceIdWords(0, 1, 0xfffffffe, 3);
  builder.spanIdWords(0, id);
  builder.writer.stringField(3, `op-${id}`);
  if (parent !== undefined) builder.referenceWords("CHILD_OF", 0, 1, 0xfffffffe, 3, 0, parent);
  builder.flags(id);
  writeSecondsNanos(builder.writer, 6, 1_795_423_020, 7);
  writeSecondsNanos(builder.writer, 7, 0, 5);
  writeStringKeyValue(builder.writer, 8, "k", "v".repeat(200));
}

describe("building spans", () => {
  it("yields encoded spans in one buffer, as a scanner would see them", () => {
    const builder = new SpanBatchBuilder(16);
    writeSpan(builder, 1, undefined);
    builder.endSpan();
    writeSpan(builder, 2, 1);
    builder.endSpan();
    expect(builder.length).toBe(2);
    const spans = builder.finish();
    expect(spans.map((span) => [span.isRoot, span.flags])).toEqual([
      [true, 1],
      [false, 2],
    ]);
    expect(spans[0]?.buffer).toBe(spans[1]?.buffer);
    for (const span of spans) {
      const whole = wholeSpan(span, NO_FIELDS);
      const scanned = scanSpan(whole);
      expect(scanned.buffer).toBe(whole);
      expect([scanned.isRoot, scanned.flags]).toEqual([span.isRoot, span.flags]);
      expect(decodeSpan(scanned)).toEqual(decodeSpan(span));
      expect(decodeSpan(span).traceId).toBe("0000000000000001fffffffe00000003");
    }
  });

  it("starts anew after each batch and leaves earlier batches alone", () => {
    const builder = new SpanBatchBuilder();
    writeSpan(builder, 1, undefined);
    builder.endSpan();
    const first = builder.finish();
    writeSpan(builder, 2, undefined);
    builder.endSpan();
    expect(builder.finish().map((span) => decodeSpan(span).operationName)).toEqual(["op-2"]);
    expect(first.map((span) => decodeSpan(span).operationName)).toEqual(["op-1"]);
  });

  it("forgets a discarded span", () => {
    const builder = new SpanBatchBuilder();
    writeSpan(builder, 1, undefined);
    builder.endSpan();
    writeSpan(builder, 2, 1);
    builder.discardSpan();
    writeSpan(builder, 3, 1);
    builder.endSpan();
    expect(builder.finish().map((span) => decodeSpan(span).operationName)).toEqual(["op-1", "op-3"]);
  });

  it("refuses a span without a trace id", () => {
    const builder = new SpanBatchBuilder();
    builder.beginSpan(process);
    expect(() => builder.endSpan()).toThrow("trace id");
  });
});
