import { describe, expect, it } from "vitest";
import type { TraceSummary } from "../trace-data/summary.ts";
import { dotRadius, inBrush, scatterScale } from "./scatter-scale.ts";

const area = { left: 50, right: 450, top: 10, bottom: 110 };
const trace = (startUs: number, durationUs: number): TraceSummary => ({
  traceId: "1",
  rootService: "a",
  rootOperation: "b",
  startUs,
  durationUs,
  spanCount: 1,
  errorCount: 0,
  services: [],
  missingParents: 0,
});

describe("the scatter plot", () => {
  it("places every trace inside, also those without a duration", () => {
    const traces = [trace(2e15, 0), trace(2e15 + 60e6, 10), trace(2e15 + 90e6, 5e6)];
    const scale = scatterScale(traces, area);
    for (const { startUs, durationUs } of traces) {
      expect(scale.x(startUs)).toBeGreaterThan(area.left);
      expect(scale.x(startUs)).toBeLessThan(area.right);
      expect(scale.y(durationUs)).toBeGreaterThanOrEqual(area.top);
      expect(scale.y(durationUs)).toBeLessThanOrEqual(area.bottom);
    }
  });

  it("places a single trace in the middle", () => {
    const scale = scatterScale([trace(2e15, 500)], area);
    expect(scale.x(2e15)).toBeCloseTo(250);
    expect(scale.y(500)).toBeCloseTo(60);
  });

  it("finds time and duration of a place back", () => {
    const scale = scatterScale([trace(2e15, 50), trace(2e15 + 1e6, 5000)], area);
    expect(scale.timeAt(scale.x(2e15 + 1e5))).toBeCloseTo(2e15 + 1e5, -1);
    expect(scale.durationAt(scale.y(700))).toBeCloseTo(700);
  });

  it("narrows to what the brush covers", () => {
    const brush = { fromUs: 10, toUs: 20, minDurationUs: 1, maxDurationUs: 100 };
    expect(inBrush(brush, trace(15, 50))).toBe(true);
    expect(inBrush(brush, trace(15, 0))).toBe(true);
    expect(inBrush(brush, trace(25, 50))).toBe(false);
    expect(inBrush(brush, trace(15, 500))).toBe(false);
  });

  it("draws larger traces larger, within limits", () => {
    expect(dotRadius(1)).toBe(3);
    expect(dotRadius(1000)).toBe(9);
    expect(dotRadius(1e9)).toBe(12);
  });
});
