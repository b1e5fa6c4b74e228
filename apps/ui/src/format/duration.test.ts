import { describe, expect, it } from "vitest";
import { formatDuration, formatTick, parseDuration } from "./duration.ts";

describe("a formatted duration", () => {
  it.each([
    [0, "0 µs"],
    [1, "1 µs"],
    [0.25, "0.25 µs"],
    [999, "999 µs"],
    [999.7, "1 ms"],
    [1240, "1.24 ms"],
    [15_000, "15 ms"],
    [123_456, "123 ms"],
    [999_900, "1 s"],
    [1_500_000, "1.5 s"],
    [59_990_000, "60 s"],
    [60_000_000, "1 m"],
    [125_000_000, "2 m 5 s"],
    [3_599_900_000, "1 h"],
    [5_400_000_000, "1 h 30 m"],
    [90_000_000_000, "1 d 1 h"],
    [-1500, "−1.5 ms"],
    [Number.NaN, "?"],
  ])("writes %d µs as %s", (us, expected) => {
    expect(formatDuration(us)).toBe(expected);
  });
});

describe("a tick's label", () => {
  it("keeps one unit and as many digits as tell neighbours apart", () => {
    expect([0, 2500, 5000].map((v) => formatTick(v, 2500, 5000))).toEqual(["0 ms", "2.5 ms", "5 ms"]);
    expect([1_000_000, 1_000_100].map((v) => formatTick(v, 100, 1_000_200))).toEqual(["1 s", "1.0001 s"]);
  });
});

describe("a typed duration", () => {
  it("accepts what the query API accepts", () => {
    expect(parseDuration("100ms")).toBe(100_000);
    expect(parseDuration(" 1.5s ")).toBe(1_500_000);
    expect(parseDuration("2h45m")).toBe(9_900_000_000);
    expect(parseDuration("1µs")).toBe(1);
  });

  it.each(["", "5", "ms", "1.5", "1 s", "-1s", "1x", "1..5s"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
