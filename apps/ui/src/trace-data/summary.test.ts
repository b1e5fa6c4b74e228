import { describe, expect, it } from "vitest";
import { summarise } from "./summary.ts";
import type { SpanJson } from "./trace-json.ts";

const span = (
  id: string,
  parent: string,
  start: number,
  duration: number,
  processID: string,
  error = false,
): SpanJson => ({
  traceID: "a",
  spanID: id,
  operationName: `op-${id}`,
  references: parent === "" ? [] : [{ refType: "CHILD_OF", traceID: "a", spanID: parent }],
  startTime: start,
  duration,
  tags: error ? [{ key: "error", type: "string", value: "true" }] : [],
  processID,
});
const processes = { p1: { serviceName: "web" }, p2: { serviceName: "db" } };

describe("a trace's line in the results", () => {
  it("tells root, times, spans, errors and services", () => {
    const summary = summarise({
      traceID: "a",
      spans: [span("2", "1", 110, 300, "p2", true), span("1", "", 100, 200, "p1"), span("3", "1", 120, 10, "p2")],
      processes,
    });
    expect(summary).toEqual({
      traceId: "a",
      rootService: "web",
      rootOperation: "op-1",
      startUs: 100,
      durationUs: 310,
      spanCount: 3,
      errorCount: 1,
      services: [
        { name: "db", spans: 2, errors: 1 },
        { name: "web", spans: 1, errors: 0 },
      ],
      missingParents: 0,
    });
  });

  it("prefers a true root over an earlier span whose parent is absent", () => {
    const summary = summarise({
      traceID: "a",
      spans: [span("9", "77", 1, 1, "p2"), span("1", "", 100, 200, "p1")],
      processes,
    });
    expect(summary.rootOperation).toBe("op-1");
    expect(summary.missingParents).toBe(1);
  });

  it("stands a trace without spans", () => {
    expect(summarise({ traceID: "a", spans: null })).toMatchObject({ spanCount: 0, durationUs: 0, rootService: "" });
  });
});
