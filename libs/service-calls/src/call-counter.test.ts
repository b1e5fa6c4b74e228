import { describe, expect, it } from "vitest";
import { CallCounter } from "./call-counter.ts";
import type { TimedSpan } from "./spans-by-trace.ts";

const span = (spanId: string, serviceName: string, more: Partial<TimedSpan> = {}): TimedSpan => ({
  traceId: "t",
  spanId,
  parentSpanId: undefined,
  serviceName,
  spanKind: "",
  startTimeUs: 5,
  ...more,
});

describe("calls among a set of spans", () => {
  it("count once however often a span is there, and only where the time is wanted", () => {
    const counter = new CallCounter();
    const called = span("2", "back", { parentSpanId: "1" });
    for (const each of [called, called, span("1", "front"), span("3", "back", { parentSpanId: "1", startTimeUs: 9 })]) {
      counter.add(each);
    }
    expect(counter.size).toBe(3);
    expect(counter.links((us) => us < 9)).toEqual([{ parent: "front", child: "back", callCount: 1, source: "" }]);
  });

  it("have no caller that is the span itself, of another trace or not there", () => {
    const counter = new CallCounter();
    counter.add(span("1", "front"));
    counter.add(span("2", "self", { parentSpanId: "2" }));
    counter.add(span("3", "orphan", { parentSpanId: "4" }));
    counter.add(span("5", "stranger", { traceId: "u", parentSpanId: "1" }));
    expect(counter.links(() => true)).toEqual([]);
  });

  it("do not hang on the order of spans that share an id", () => {
    const spans = [span("1", "b"), span("1", "a"), span("2", "c", { parentSpanId: "1" })];
    for (const order of [spans, [...spans].reverse()]) {
      const counter = new CallCounter();
      for (const each of order) counter.add(each);
      expect(counter.links(() => true).map(({ parent }) => parent)).toEqual(["a"]);
    }
  });
});
