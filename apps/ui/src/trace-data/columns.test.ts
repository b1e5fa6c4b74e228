import { describe, expect, it } from "vitest";
import {
  buildColumns,
  FLAG_ERROR,
  FLAG_ERROR_BELOW,
  FLAG_FOLLOWS,
  FLAG_PARENT_MISSING,
  FLAG_WARNING,
} from "./columns.ts";
import type { SpanJson, TraceJson } from "./trace-json.ts";

const T0 = 1_795_419_480_826_999;

function span(id: string, parent: string, start: number, duration: number, more: Partial<SpanJson> = {}): SpanJson {
  return {
    traceID: "aa",
    spanID: id,
    operationName: `op ${id}`,
    references: parent === "" ? [] : [{ refType: "CHILD_OF", traceID: "aa", spanID: parent }],
    startTime: T0 + start,
    duration,
    tags: [],
    logs: [],
    processID: "p1",
    warnings: null,
    ...more,
  };
}
const processes = { p1: { serviceName: "web", tags: [] }, p2: { serviceName: "db", tags: [] } };
const trace = (...spans: SpanJson[]): TraceJson => ({ traceID: "aa", spans, processes, warnings: null });

describe("the columns of a trace", () => {
  it("place rows, times and names", () => {
    const columns = buildColumns(
      trace(span("2", "1", 30, 50, { processID: "p2" }), span("1", "", 0, 100), span("3", "1", 10, 10)),
    );
    expect(columns.spanId).toEqual(["1", "3", "2"]);
    expect(columns.startUs).toBe(T0);
    expect(columns.durationUs).toBe(100);
    expect([...columns.start]).toEqual([0, 10, 30]);
    expect(columns.services).toEqual(["web", "db"]);
    expect([...columns.serviceSpans]).toEqual([2, 1]);
    expect([...columns.selfTime]).toEqual([40, 10, 50]);
    expect(columns.maxDepth).toBe(2);
  });

  it("count overlapping children once in the parent's self time", () => {
    const columns = buildColumns(trace(span("1", "", 0, 100), span("2", "1", 10, 40), span("3", "1", 30, 200)));
    expect(columns.selfTime[0]).toBe(10);
  });

  it("mark errors, also for the ancestors, and warnings", () => {
    const columns = buildColumns(
      trace(
        span("1", "", 0, 100),
        span("2", "1", 10, 40),
        span("3", "2", 10, 40, { tags: [{ key: "error", type: "bool", value: true }], warnings: ["skewed"] }),
        span("4", "1", 20, 1, { tags: [{ key: "otel.status_code", type: "string", value: "ERROR" }] }),
      ),
    );
    expect([...columns.flags]).toEqual([FLAG_ERROR_BELOW, FLAG_ERROR_BELOW, FLAG_ERROR | FLAG_WARNING, FLAG_ERROR]);
    expect(columns.errorCount).toBe(2);
    expect(columns.warningCount).toBe(1);
  });

  it("show a span whose parent is absent as a root, and say so", () => {
    const columns = buildColumns(trace(span("1", "ff", 0, 100), span("2", "0000", 5, 1)));
    expect([...columns.parent]).toEqual([-1, -1]);
    expect([...columns.flags]).toEqual([FLAG_PARENT_MISSING, 0]);
  });

  it("prefer CHILD_OF of the same trace over the rest", () => {
    const columns = buildColumns(
      trace(
        span("1", "", 0, 100),
        span("2", "", 1, 100),
        span("3", "", 2, 1, {
          references: [
            { refType: "CHILD_OF", traceID: "bb", spanID: "1" },
            { refType: "FOLLOWS_FROM", traceID: "aa", spanID: "1" },
            { refType: "CHILD_OF", traceID: "00aa", spanID: "2" },
          ],
        }),
        span("4", "", 3, 1, { references: [{ refType: "FOLLOWS_FROM", traceID: "aa", spanID: "1" }] }),
      ),
    );
    expect(columns.spanId).toEqual(["1", "4", "2", "3"]);
    expect(columns.flags[1]).toBe(FLAG_FOLLOWS);
  });

  it("stand missing and wrong fields", () => {
    const columns = buildColumns({
      spans: [
        {},
        { spanID: "x", startTime: 1.8446744073709552e19, duration: 1.8446744073709552e19, tags: null, logs: null },
      ],
    });
    expect(columns.spanCount).toBe(2);
    expect(columns.services).toEqual([""]);
    expect(columns.duration.every((d) => d === 0)).toBe(true);
    expect(buildColumns({}).spanCount).toBe(0);
  });

  it("keep spans that share an id", () => {
    const columns = buildColumns(trace(span("1", "", 0, 10), span("1", "", 1, 10), span("2", "1", 2, 1)));
    expect(columns.spanCount).toBe(3);
    expect(columns.parent[columns.spanId.indexOf("2")]).toBe(0);
  });

  it("hold event times by row", () => {
    const columns = buildColumns(
      trace(span("1", "", 0, 10), span("2", "1", 1, 5, { logs: [{ timestamp: T0 + 3 }, { timestamp: T0 + 4 }] })),
    );
    expect([...columns.eventStart]).toEqual([0, 0, 2]);
    expect([...columns.eventTime]).toEqual([3, 4]);
  });
});
