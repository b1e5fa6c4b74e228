import { describe, expect, it } from "vitest";
import { linearTicks, logTicks, timeTicks } from "./ticks.ts";

describe("ticks", () => {
  it("stand on round numbers", () => {
    expect(linearTicks(0, 1000, 5)).toEqual({ step: 200, at: [0, 200, 400, 600, 800, 1000] });
    expect(linearTicks(13, 47, 4).at).toEqual([20, 30, 40]);
    expect(linearTicks(0, 0.3, 3).at).toHaveLength(4);
  });

  it("do not run away on an empty range", () => {
    expect(linearTicks(5, 5, 4).at).toEqual([5]);
    expect(timeTicks(5, 5, 4)).toEqual([5]);
  });

  it("stand on the clock", () => {
    expect(timeTicks(0, 3600e6, 6)).toEqual([0, 600e6, 1200e6, 1800e6, 2400e6, 3000e6, 3600e6]);
    expect(timeTicks(1, 61e6, 5)).toEqual([15e6, 30e6, 45e6, 60e6]);
  });

  it("stand on powers of ten of a logarithmic axis", () => {
    expect(logTicks(50, 200_000)).toEqual([100, 1000, 10_000, 100_000]);
    expect(logTicks(10, 100)).toEqual([10, 20, 50, 100]);
  });
});
