import type { Span } from "@spoor/span-model";
import { decodeSpan, NO_FIELDS, scanSpan, WireWriter } from "@spoor/span-wire";
import { batchOf, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { describe, expect, test } from "vitest";
import { recordedMessages } from "../testing/recorded-input.ts";
import { createEncoder, type Encoding } from "./encoder.ts";
import { TRUNCATED_TAG } from "./shrink-span.ts";

function encode(encoding: Encoding, span: Parameters<ReturnType<typeof createEncoder>["measure"]>[0]): Buffer {
  const encoder = createEncoder(encoding);
  const length = encoder.measure(span, NO_FIELDS);
  const writer = new WireWriter();
  encoder.write(writer);
  expect(writer.position).toBe(length);
  return Buffer.from(writer.finish());
}

describe("a message's value", () => {
  test("in protobuf is v1's, byte for byte, when the span comes as v1 writes it", () => {
    for (const { valueBase64 } of recordedMessages("protobuf")) {
      const recorded = Buffer.from(valueBase64, "base64");
      const span = scanSpan(recorded);
      const value = encode("protobuf", span);
      // The process (field 10) comes last, behind what few spans have: the process's id (11) and warnings (12).
      if (decodeSpan(span).warnings.length === 0 && !recorded.includes("p7")) expect(value).toEqual(recorded);
      const again = scanSpan(value);
      expect(again.process.bytes).toEqual(span.process.bytes);
      expect(Buffer.from(again.buffer.subarray(again.start, again.end))).toEqual(
        Buffer.from(span.buffer.subarray(span.start, span.end)),
      );
    }
  });

  test("in JSON is v1's, byte for byte", () => {
    const json = recordedMessages("json");
    for (const [index, { valueBase64 }] of recordedMessages("protobuf").entries()) {
      const value = encode("json", scanSpan(Buffer.from(valueBase64, "base64"))).toString();
      expect(value).toBe(Buffer.from(json[index]?.valueBase64 ?? "", "base64").toString());
    }
  });
});

describe.each(["protobuf", "json"] as const)("an oversized span in %s", (encoding) => {
  const generator = new SpanGenerator(3, {});
  const cut = (span: Span, maxBytes: number) => {
    const [encoded] = batchOf([span]).spans;
    if (encoded === undefined) throw new Error("no span");
    const encoder = createEncoder(encoding);
    const length = encoder.measureCut(encoded, NO_FIELDS, maxBytes);
    if (length === undefined) return undefined;
    const writer = new WireWriter();
    encoder.write(writer);
    expect(writer.position).toBe(length);
    return Buffer.from(writer.finish());
  };
  const big = generator.span({
    tags: [
      { key: "small", type: "string", value: "stays" },
      { key: "body", type: "string", value: "é".repeat(400_000) },
      { key: "blob", type: "binary", value: new Uint8Array(300_000).fill(7) },
    ],
    logs: [{ timestampNs: 1n, fields: [{ key: "stack", type: "string", value: "x".repeat(50_000) }] }],
  });

  test("loses the ends of its longest values only, and says how much", () => {
    const value = cut(big, 300_000);
    expect(value?.length).toBeLessThanOrEqual(300_000);
    if (encoding === "json") {
      expect(value?.toString()).toContain('"small","vStr":"stays"');
      expect(value?.toString()).toContain(TRUNCATED_TAG);
      return;
    }
    const span = decodeSpan(scanSpan(value as Buffer));
    const tag = (key: string) => span.tags.find((each) => each.key === key);
    expect(tag("small")).toEqual({ key: "small", type: "string", value: "stays" });
    expect(span.logs).toEqual(big.logs);
    const body = tag("body");
    expect(body?.type === "string" && body.value).toMatch(/^é+$/);
    const blob = tag("blob");
    const kept =
      Buffer.byteLength(String(body?.type === "string" ? body.value : "")) +
      (blob?.type === "binary" ? blob.value.length : 0);
    expect(tag(TRUNCATED_TAG)).toEqual({ key: TRUNCATED_TAG, type: "int64", value: BigInt(800_000 + 300_000 - kept) });
  });

  test("loses its logs when values are not enough, and is given up when that is not either", () => {
    const fields = Array.from({ length: 2000 }, (_, index) => {
      return { key: `k${index}`, type: "string" as const, value: "v".repeat(60) };
    });
    const many = generator.span({ tags: [], logs: [{ timestampNs: 1n, fields }] });
    expect(cut(many, 20_000)?.length).toBeLessThan(20_000);
    const tags = fields.map(({ key, value }) => ({ key, type: "string" as const, value }));
    expect(cut(generator.span({ tags, logs: [] }), 20_000)).toBeUndefined();
  });

  test("keeps its ids and times", () => {
    if (encoding === "json") return;
    const span = decodeSpan(scanSpan(cut(big, 300_000) as Buffer));
    const bare = (each: Span) => spanTexts([{ ...each, tags: [], logs: [] }]);
    expect(bare(span)).toEqual(bare(big));
  });
});
