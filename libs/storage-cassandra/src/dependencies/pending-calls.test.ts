import { childOf, SpanGenerator } from "@spoor/storage-testkit";
import { describe, expect, test } from "vitest";
import { PendingCalls } from "./pending-calls.ts";

const generator = new SpanGenerator(3);
const root = generator.span({ tags: [] });
const child = (given = {}) =>
  generator.span({ traceId: root.traceId, references: [childOf(root)], tags: [], ...given });

describe("calls that wait for their caller", () => {
  test("are spans with a parent, and server halves", () => {
    const pending = new PendingCalls(100);
    pending.add(root, "h", 0);
    expect(pending.take(10, 100)).toEqual([]);
    pending.add(child(), "h", 0);
    pending.add({ ...root, tags: [{ key: "span.kind", type: "string", value: "server" }] }, "h", 0);
    expect(pending.take(10, 100).map((trace) => trace.calls.size)).toEqual([2]);
  });

  test("wait their time and are there once, however often they are written", () => {
    const pending = new PendingCalls(100);
    const span = child();
    pending.add(span, "h", 5);
    pending.add(span, "h", 6);
    expect(pending.take(4, 100)).toEqual([]);
    const [trace] = pending.take(5, 100);
    expect(trace?.calls.size).toBe(1);
    pending.markCounted(span.traceId, `${span.spanId}h`);
    pending.add(span, "h", 7);
    expect(pending.take(10, 100)).toEqual([]);
  });

  test("that wait longer do not hold up others", () => {
    const pending = new PendingCalls(100);
    pending.add(child(), "h", 0);
    const [trace] = pending.take(0, 100);
    if (trace !== undefined) pending.putBack(trace, 1000, true);
    pending.add(
      child({
        traceId: generator.traceId(),
        references: [],
        tags: [{ key: "span.kind", type: "string", value: "server" }],
      }),
      "h",
      1,
    );
    expect(pending.take(2, 100)).toHaveLength(1);
    expect(pending.take(1000, 100)[0]?.isSecondTry).toBe(true);
  });

  test("are given out early when they are too many", () => {
    const pending = new PendingCalls(3);
    for (let i = 0; i < 5; i++) pending.add(child(), String(i), 1000);
    expect(pending.isFull).toBe(true);
    expect(pending.take(0, 100)).toHaveLength(1);
    expect(pending.isFull).toBe(false);
  });
});
