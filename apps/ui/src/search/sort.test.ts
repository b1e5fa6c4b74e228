import { describe, expect, it } from "vitest";
import type { TraceSummary } from "../trace-data/summary.ts";
import { isSort, sortTraces } from "./sort.ts";

const trace = (
  traceId: string,
  startUs: number,
  durationUs: number,
  spanCount: number,
  errorCount = 0,
): TraceSummary => ({
  traceId,
  rootService: "",
  rootOperation: "",
  startUs,
  durationUs,
  spanCount,
  errorCount,
  services: [],
  missingParents: 0,
});

describe("the order of results", () => {
  const traces = [trace("a", 1, 50, 9, 1), trace("b", 3, 10, 5), trace("c", 2, 99, 5, 4)];
  it.each([
    ["recent", "bca"],
    ["longest", "cab"],
    ["shortest", "bac"],
    ["most-spans", "abc"],
    ["least-spans", "bca"],
    ["most-errors", "cab"],
  ] as const)("%s", (sort, expected) => {
    expect(
      sortTraces(traces, sort)
        .map((t) => t.traceId)
        .join(""),
    ).toBe(expected);
  });

  it("is one of the known ones", () => {
    expect(isSort("recent")).toBe(true);
    expect(isSort("constructor")).toBe(false);
  });
});
