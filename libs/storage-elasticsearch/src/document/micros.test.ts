import { JsonBytes } from "@spoor/json-bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeMicros, writeMillis } from "./micros.ts";

function written(write: (json: JsonBytes) => void): string {
  const json = new JsonBytes(8);
  write(json);
  return json.bytes().toString("utf8");
}

describe("times of documents", () => {
  it("are in microseconds and milliseconds, rounded down, nothing below zero", () => {
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
});
