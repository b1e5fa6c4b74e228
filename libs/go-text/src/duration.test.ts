import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatGoDuration, parseGoDuration } from "./duration.ts";

describe("a duration in Go's form", () => {
  it.each([
    [0n, "0s"],
    [1n, "1ns"],
    [-999n, "-999ns"],
    [1500n, "1.5µs"],
    [90_000_000n, "90ms"],
    [1_531_157n, "1.531157ms"],
    [-1_497_000_000n, "-1.497s"],
    [1_000_000_000n, "1s"],
    [60_000_000_000n, "1m0s"],
    [61_500_000_000n, "1m1.5s"],
    [3_600_000_000_000n, "1h0m0s"],
    [90_061_005_500_000n, "25h1m1.0055s"],
    [2n ** 63n - 1n, "2562047h47m16.854775807s"],
    [-(2n ** 63n), "-2562047h47m16.854775808s"],
  ])("%s ns is %s", (durationNs, text) => {
    expect(formatGoDuration(durationNs)).toBe(text);
  });
});

describe("reading a duration in Go's form", () => {
  it.each([
    ["0", 0n],
    ["1m30s", 90_000_000_000n],
    ["1.5h", 5_400_000_000_000n],
    ["-2ms", -2_000_000n],
    ["100us", 100_000n],
    [".5s", 500_000_000n],
    ["1.s", 1_000_000_000n],
    ["0.1ns", 0n],
    ["2562047h47m16.854775807s", 2n ** 63n - 1n],
  ])("%s is read", (text, ns) => expect(parseGoDuration(text)).toBe(ns));

  it.each(["", "1", "3d", "s", "1m30", "1 s", "-", ".s", "2562048h", "9".repeat(1000)])("%j is none", (text) =>
    expect(parseGoDuration(text)).toBeUndefined(),
  );

  it("reads what is written", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (ns) => {
        expect(parseGoDuration(formatGoDuration(ns))).toBe(ns);
      }),
    );
  });
});
