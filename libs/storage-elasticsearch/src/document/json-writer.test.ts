import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonWriter, piece } from "./json-writer.ts";
import { writeMicros, writeMillis } from "./micros.ts";

function written(write: (json: JsonWriter) => void): string {
  const json = new JsonWriter(1);
  write(json);
  return json.copy(0).toString("utf8");
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
        const json = written((writer) => writer.utf8(piece("  "), bytes, 0, bytes.length));
        expect(json).toMatch(/^ {2}"/);
        expect(JSON.parse(json)).toBe(bytes.toString("utf8"));
      }),
    );
  });
});
