import { goJsonString } from "@spoor/go-text";
import { decodeUtf8 } from "@spoor/span-wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonBytes } from "./json-bytes.ts";
import { JsonLiteral } from "./json-literal.ts";

function written(write: (json: JsonBytes) => void): string {
  const json = new JsonBytes(1);
  write(json);
  return json.take().toString("utf8");
}

/** A text as Go writes it, without its quotes. */
function inside(bytes: Uint8Array, start: number, end: number): string {
  return goJsonString(decodeUtf8(bytes, start, end)).slice(1, -1);
}

describe("JSON as bytes", () => {
  it("has whole numbers as text has them", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: 8 }),
        (value, width) => {
          expect(written((json) => json.uint(value))).toBe(String(value));
          expect(written((json) => json.uint(value, width))).toBe(String(value).padStart(width, "0"));
        },
      ),
    );
    const powers = Array.from({ length: 16 }, (_, i) => 10 ** i);
    for (const value of [0, ...powers.flatMap((power) => [power - 1, power, power + 1]), 2 ** 32, 2 ** 53 - 1]) {
      expect(written((json) => json.uint(value))).toBe(String(value));
    }
  });

  it("has texts as Go has them, whatever their bytes and wherever they stand", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      fc.string({ unit: "grapheme-ascii" }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, fc.nat(5), (text, gap) => {
        const source = new Uint8Array(text.length + gap + 2).fill(34);
        source.set(text, gap);
        const json = written((writer) => writer.string(source, gap, gap + text.length));
        expect(json).toBe(inside(source, gap, gap + text.length));
        expect(() => JSON.parse(`"${json}"`)).not.toThrow();
      }),
    );
  });

  it("escapes what must be escaped at every place of a word, and nothing else", () => {
    for (let code = 0; code < 256; code++) {
      for (let length = 1; length <= 9; length++) {
        for (let at = 0; at < length; at++) {
          const bytes = Buffer.alloc(length + 2, "a");
          bytes[at + 1] = code;
          const json = written((writer) => writer.string(bytes, 1, length + 1));
          if (json !== inside(bytes, 1, length + 1)) expect.fail(`byte ${code} at ${at} of ${length}: ${json}`);
        }
      }
    }
  });

  it("escapes long texts in parts that end where characters end", () => {
    for (const unit of ["ü", "\u{1f600}", "\n", '"', "<", "\u2028"]) {
      for (let shift = 0; shift < 4; shift++) {
        const bytes = Buffer.from("a".repeat(shift) + unit.repeat(3000));
        expect(written((json) => json.string(bytes, 0, bytes.length))).toBe(inside(bytes, 0, bytes.length));
      }
    }
  });

  it("has literals of any length, one behind the other", () => {
    const texts = Array.from({ length: 20 }, (_, i) => '{"ключ":1234567890}'.slice(0, i));
    expect(
      written((json) => {
        for (const text of texts) json.literal(new JsonLiteral(text));
      }),
    ).toBe(texts.join(""));
  });

  it("has bytes as hex digits", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(written((json) => json.hex(bytes, 0, bytes.length))).toBe(Buffer.from(bytes).toString("hex"));
      }),
    );
    for (const value of [0, 1, 0x12345678, 0x80000000, 0xffffffff]) {
      expect(written((json) => json.hex32(value))).toBe(value.toString(16).padStart(8, "0"));
    }
  });

  it("takes back what was written, and gives what stands anywhere", () => {
    const json = new JsonBytes(4);
    json.text('{"a":');
    json.raw(Buffer.from("[1,2,3]"));
    json.byte(125);
    expect(json.bytes(5, 12).toString()).toBe("[1,2,3]");
    expect(json.cut(5)).toBe("[1,2,3]}");
    json.text("0}");
    json.truncate(json.length - 1);
    json.byte(125);
    expect(json.isFull).toBe(true);
    expect(json.take().toString()).toBe('{"a":0}');
    expect(json.length).toBe(0);
  });
});
