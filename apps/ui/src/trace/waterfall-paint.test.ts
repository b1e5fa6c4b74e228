import { describe, expect, it } from "vitest";
import { buildColumns } from "../trace-data/columns.ts";
import type { SpanJson } from "../trace-data/trace-json.ts";
import { indexCritical } from "./waterfall-paint.ts";

const span = (id: string, parent: string, start: number, duration: number): SpanJson => ({
  traceID: "a",
  spanID: id,
  references: parent === "" ? [] : [{ refType: "CHILD_OF", traceID: "a", spanID: parent }],
  startTime: start,
  duration,
});

describe("the critical path by row", () => {
  it("finds each row's parts, and those of a whole subtree", () => {
    const columns = buildColumns({ spans: [span("1", "", 0, 100), span("2", "1", 20, 40), span("3", "1", 70, 10)] });
    const index = indexCritical(columns);
    const parts = (from: number, to: number) =>
      [...index.sorted.subarray(index.firstOf(from), index.firstOf(to))]
        .map((part) => [columns.critical.startUs[part], columns.critical.endUs[part]])
        .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    expect(parts(0, 1)).toEqual([
      [0, 20],
      [60, 70],
      [80, 100],
    ]);
    expect(parts(1, 2)).toEqual([[20, 60]]);
    expect(parts(2, 3)).toEqual([[70, 80]]);
    expect(parts(0, 3)).toHaveLength(5);
  });
});
