import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeDurationNs, writeDurationUnits, writeTimestampNs, writeTimestampUnits } from "./time.ts";
import { WireWriter } from "./writer.ts";

function written(write: (writer: WireWriter) => void): string {
  const writer = new WireWriter();
  write(writer);
  return Buffer.from(writer.finish()).toString("hex");
}

function halves(value: bigint): readonly [number, number] {
  const bits = BigInt.asUintN(64, value);
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -2_000_000_000n, max: 2_000_000_000n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 1_795_423_020_123_456_789n),
);

describe("times without bigints", () => {
  it("are the same as with them, in nanoseconds", () => {
    fc.assert(
      fc.property(int64, (ns) => {
        const [low, high] = halves(ns);
        expect(written((w) => writeTimestampUnits(w, 6, low, high, 1e9))).toBe(
          written((w) => writeTimestampNs(w, 6, ns)),
        );
        expect(written((w) => writeDurationUnits(w, 7, low, high, 1e9))).toBe(
          written((w) => writeDurationNs(w, 7, ns)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("are the same as with them, in microseconds", () => {
    const micros = fc.bigInt({ min: -9_223_372_036_854_775n, max: 9_223_372_036_854_775n });
    fc.assert(
      fc.property(micros, (us) => {
        const [low, high] = halves(us);
        expect(written((w) => writeTimestampUnits(w, 6, low, high, 1e6))).toBe(
          written((w) => writeTimestampNs(w, 6, us * 1000n)),
        );
        expect(written((w) => writeDurationUnits(w, 7, low, high, 1e6))).toBe(
          written((w) => writeDurationNs(w, 7, us * 1000n)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("are refused beyond year 9999", () => {
    const [low, high] = halves(2n ** 63n - 1n);
    expect(() => written((w) => writeTimestampUnits(w, 6, low, high, 1e6))).toThrow("after 10000-01-01");
  });
});
