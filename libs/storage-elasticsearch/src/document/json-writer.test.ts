import { decodeUtf8 } from "@spoor/span-wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonWriter, Piece } from "./json-writer.ts";
import { writeMicros, writeMillis } from "./micros.ts";

function written(write: (json: JsonWriter) => void): string {
  const json = new JsonWriter(1);
  write(json);
  return Buffer.from(json.bytes()).toString("utf8");
}

describe("JSON as bytes", () => {
  it("has whole numbers as text has them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (value) => {
        expect(written((json) => json.decimal(value))).toBe(String(value));
        expect(written((json) => json.decimal(value, 6))).toBe(String(value).padStart(6, "0"));
      }),
    );
    for (const value of [0, 9, 10, 99, 100, 999_999, 1_000_000, 2 ** 32, 2 ** 50]) {
      expect(written((json) => json.decimal(value))).toBe(String(value));
    }
  });

  it("has times in microseconds and milliseconds, rounded down, nothing below zero", () => {
    const times = fc.tuple(fc.integer({ min: 0, max: 253_402_300_799 }), fc.integer({ min: 0, max: 999_999_999 }));
    fc.assert(
      fc.property(times, ([seconds, nanos]) => {
        const ns = BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
        expect(written((json) => writeMicros(json, seconds, nanos))).toBe(String(ns / 1000n));
        expect(written((json) => writeMillis(json, seconds, nanos))).toBe(String(ns / 1_000_000n));
      }),
    );
    expect(written((json) => writeMicros(json, 0, 999))).toBe("0");
    expect(written((json) => writeMicros(json, -1, 0))).toBe("0");
    expect(written((json) => writeMicros(json, 0, -5000))).toBe("0");
    expect(written((json) => writeMillis(json, -1, 999_999_999))).toBe("0");
  });

  it("has texts as JSON has them, whatever their bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bytes = Buffer.from(text, "utf8");
        const json = written((writer) => {
          writer.utf8(new Piece('  "'), bytes, 0, bytes.length);
          writer.piece(new Piece('"'));
        });
        expect(json).toMatch(/^ {2}"/);
        expect(JSON.parse(json)).toBe(bytes.toString("utf8"));
      }),
    );
  });

  it("escapes what JSON escapes wherever it stands, and nothing else", () => {
    for (let code = 0; code < 256; code++) {
      for (let length = 1; length <= 9; length++) {
        for (let at = 0; at < length; at++) {
          const bytes = Buffer.alloc(length + 2, "a");
          bytes[at + 1] = code;
          const json = written((writer) => writer.utf8(new Piece("-"), bytes, 1, length + 1));
          const text = decodeUtf8(bytes, 1, length + 1);
          expect(json).toBe(`-${JSON.stringify(text).slice(1, -1)}`);
        }
      }
    }
  });

  it("has pieces of any length, one behind the other", () => {
    const pieces = Array.from({ length: 12 }, (_, i) => "abcdefghijkl".slice(0, i));
    expect(
      written((json) => {
        for (const text of pieces) json.piece(new Piece(text));
      }),
    ).toBe(pieces.join(""));
  });

  it("has bytes as hex digits", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(written((json) => json.hex(bytes, 0, bytes.length))).toBe(Buffer.from(bytes).toString("hex"));
      }),
    );
  });
});
