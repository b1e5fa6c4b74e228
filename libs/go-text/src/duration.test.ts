import { describe, expect, it } from "vitest";
import { formatGoDuration } from "./duration.ts";

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
