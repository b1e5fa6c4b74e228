import { expect, it } from "vitest";
import { percentile } from "./percentile.ts";

it("gives the nearest rank whatever the order of the values", () => {
  const values = [5, 1, 4, 2, 3, 9, 8, 7, 6, 10];
  expect(percentile(values, 0.5)).toBe(5);
  expect(percentile(values, 0.95)).toBe(10);
  expect(percentile([7], 0.5)).toBe(7);
});

it("gives NaN of nothing", () => {
  expect(percentile([], 0.5)).toBeNaN();
});
