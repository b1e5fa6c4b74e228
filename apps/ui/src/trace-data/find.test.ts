import { describe, expect, it } from "vitest";
import { parseFind, spanMatcher } from "./find.ts";
import type { SpanJson, TraceJson } from "./trace-json.ts";

const span: SpanJson = {
  traceID: "1",
  spanID: "00ab12",
  operationName: "HTTP GET /Dispatch",
  processID: "p1",
  tags: [
    { key: "http.status_code", type: "int64", value: 500 },
    { key: "sampler.param", type: "bool", value: true },
  ],
  logs: [{ timestamp: 1, fields: [{ key: "event", type: "string", value: "Cache Miss" }] }],
};
const trace: TraceJson = {
  spans: [span],
  processes: { p1: { serviceName: "frontend", tags: [{ key: "hostname", type: "string", value: "web-7" }] } },
};
const matches = (text: string): boolean => spanMatcher(trace, parseFind(text))(span);

describe("find in a trace", () => {
  it.each([
    "dispatch",
    "FRONT",
    "status_code",
    "500",
    "http.status_code=500",
    '"cache miss"',
    "web-7",
    "ab12",
    "00AB12",
    "nothing dispatch",
    "true",
  ])("matches %s", (text) => {
    expect(matches(text)).toBe(true);
  });

  it.each(["", "   ", "nothing", "ab1", '"miss cache"', "500=http", '""'])("does not match %j", (text) => {
    expect(matches(text)).toBe(false);
  });

  it("leaves out tags whose key contains a term with a minus", () => {
    expect(matches("true -sampler")).toBe(false);
    expect(matches("500 -sampler")).toBe(true);
    expect(matches('miss -"event"')).toBe(false);
  });

  it("takes a lone minus as text", () => {
    expect(parseFind("- a")).toEqual({ include: ["-", "a"], excludeKeys: [] });
  });
});
