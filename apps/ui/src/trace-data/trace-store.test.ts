import { describe, expect, it } from "vitest";
import { openTrace } from "./trace-store.ts";

const trace = openTrace({
  traceID: "aa",
  spans: [
    {
      traceID: "aa",
      spanID: "2",
      operationName: "child <img src=x onerror=alert(1)>",
      references: [
        { refType: "CHILD_OF", traceID: "aa", spanID: "1" },
        { refType: "FOLLOWS_FROM", traceID: "bb", spanID: "9" },
      ],
      startTime: 110,
      duration: 5,
      tags: [
        { key: "n", type: "int64", value: "9223372036854775807" },
        { key: "blob", type: "binary", value: null },
        { key: "odd", type: "9", value: { a: 1 } },
      ],
      logs: [
        { timestamp: 113, fields: [{ key: "event", type: "string", value: "b" }] },
        { timestamp: 111, fields: [{ key: "event", type: "string", value: "a" }] },
      ],
      processID: "p1",
      warnings: ["w"],
    },
    { traceID: "aa", spanID: "1", operationName: "root", startTime: 100, duration: 50, processID: "p1" },
  ],
  processes: { p1: { serviceName: "web", tags: [{ key: "host", type: "string", value: "h" }] } },
});

describe("an open trace", () => {
  it("gives the details of a row, with values as text and events in time order", () => {
    const detail = trace.detail(1);
    expect(detail.spanId).toBe("2");
    expect(detail.tags.map((tag) => tag.value)).toEqual(["9223372036854775807", "", '{"a":1}']);
    expect(detail.events.map((event) => event.time)).toEqual([11, 13]);
    expect(detail.references).toEqual([
      { type: "CHILD_OF", traceId: "aa", spanId: "1", row: 0, isSameTrace: true },
      { type: "FOLLOWS_FROM", traceId: "bb", spanId: "9", row: -1, isSameTrace: false },
    ]);
    expect(detail.process).toEqual([{ key: "host", type: "string", value: "h" }]);
    expect(detail.warnings).toEqual(["w"]);
  });

  it("finds by row", () => {
    expect([...trace.find("onerror")]).toEqual([0, 1]);
    expect([...trace.find("web")]).toEqual([1, 1]);
    expect([...trace.find("")]).toEqual([0, 0]);
  });
});
