import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallingSpan } from "./calling-span.ts";
import type { HourOfCalls } from "./hours.ts";
import { LinkTotals } from "./link-totals.ts";
import { LiveCallCounter, type LiveCallOptions } from "./live-call-counter.ts";
import type { StoredSpan, WantedSpans } from "./pending-spans.ts";

/** 2026-11-24T10:00:00Z. */
const TEN = 1_795_514_400_000;

/** What several processes share: spans, and sums by their ids. */
function sharedStore() {
  const spans = new Map<string, CallingSpan[]>();
  const sums = new Map<string, HourOfCalls>();
  let failures = 0;
  let writes = 0;
  const asked: WantedSpans[] = [];
  const counters: LiveCallCounter[] = [];
  const calls = (startTimeMs = TEN) => {
    const totals = new LinkTotals();
    for (const hour of sums.values()) {
      if (hour.startTimeMs !== startTimeMs) continue;
      for (const { parent, child, callCount } of hour.links) totals.add(parent, child, callCount);
    }
    return Object.fromEntries(totals.links().map(({ parent, child, callCount }) => [`${parent} ${child}`, callCount]));
  };
  const failIfWanted = () => {
    if (failures === 0) return;
    failures--;
    throw new Error("the store is away");
  };
  return {
    calls,
    asked,
    fail: (times: number) => {
      failures = times;
    },
    writes: () => writes,
    hours: () => [...sums.values()],
    /** A process; what it stores is there for all. */
    process(options: LiveCallOptions = {}) {
      const counter = new LiveCallCounter(
        {
          async findSpans(wanted) {
            failIfWanted();
            asked.push(...wanted);
            return new Map(
              wanted.map(({ traceId, spanIds }) => [
                traceId,
                (spans.get(traceId) ?? []).filter(({ spanId }) => spanIds.has(spanId)),
              ]),
            );
          },
          async writeLinks(hour) {
            failIfWanted();
            writes++;
            sums.set(hour.id, hour);
          },
        },
        options,
      );
      counters.push(counter);
      return {
        counter,
        store(trace: string, span: StoredSpan) {
          const traceId = idOf(trace, 32);
          spans.set(traceId, [...(spans.get(traceId) ?? []), span]);
          counter.add(traceId, span);
        },
      };
    },
    close: () => Promise.all(counters.map((counter) => counter.close())),
  };
}

/** A trace's or span's id from a short name. */
const idOf = (name: string, digits: number) => Buffer.from(name).toString("hex").padStart(digits, "0");

const span = (
  name: string,
  serviceName: string,
  { parent, ...more }: Partial<StoredSpan> & { readonly parent?: string } = {},
): StoredSpan => ({
  spanId: idOf(name, 16),
  parentSpanId: parent === undefined ? undefined : idOf(parent, 16),
  serviceName,
  spanKind: "",
  startTimeMs: TEN,
  mayShareId: false,
  ...more,
});

describe("calls counted as spans are stored", () => {
  let shared = sharedStore();
  beforeEach(() => {
    vi.useFakeTimers();
    shared = sharedStore();
  });
  afterEach(async () => {
    await shared.close();
    vi.useRealTimers();
  });

  it("are those from one service to another, by the hour of the called span", async () => {
    const { store, counter } = shared.process();
    store("t", span("1", "front"));
    store("t", span("2", "front", { parent: "1" }));
    store("t", span("3", "back", { parent: "2" }));
    store("t", span("4", "back", { parent: "1", startTimeMs: TEN + 3_600_000 }));
    await counter.flush();
    expect(shared.calls()).toEqual({ "front back": 1 });
    expect(shared.calls(TEN + 3_600_000)).toEqual({ "front back": 1 });
  });

  it("wait until the caller's span is probably there, and look for nothing when it is in the same process", async () => {
    const { store } = shared.process({ waitMs: 30_000 });
    store("t", span("2", "back", { parent: "1" }));
    await vi.advanceTimersByTimeAsync(20_000);
    store("t", span("1", "front"));
    expect(shared.writes()).toBe(0);
    await vi.advanceTimersByTimeAsync(25_000);
    expect(shared.calls()).toEqual({ "front back": 1 });
    expect(shared.asked).toEqual([]);
  });

  it("are found when the caller's span came to another process", async () => {
    const [one, other] = [shared.process(), shared.process()];
    one.store("t", span("1", "front"));
    other.store("t", span("2", "back", { parent: "1" }));
    await Promise.all([one.counter.flush(), other.counter.flush()]);
    expect(shared.calls()).toEqual({ "front back": 1 });
  });

  it("are found when the caller's span comes minutes later", async () => {
    const { store } = shared.process({ waitMs: 1000, secondWaitMs: 60_000 });
    store("t", span("2", "back", { parent: "1" }));
    await vi.advanceTimersByTimeAsync(5_000);
    store("t", span("1", "front"));
    await vi.advanceTimersByTimeAsync(90_000);
    expect(shared.calls()).toEqual({ "front back": 1 });
  });

  it("without a caller are given up", async () => {
    const { store, counter } = shared.process({ waitMs: 1000, secondWaitMs: 10_000 });
    store("t", span("2", "back", { parent: "1" }));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(counter.size).toBe(0);
    expect(shared.hours().map(({ links }) => links)).toEqual([[]]);
  });

  it("grow in place: a sum that is written again replaces itself, one of a new process adds up", async () => {
    const before = shared.process();
    for (let i = 0; i < 3; i++) {
      before.store(`a${i}`, span("1", "front"));
      before.store(`a${i}`, span("2", "back", { parent: "1" }));
      await before.counter.flush();
    }
    await before.counter.close();
    const after = shared.process();
    after.store("b", span("1", "front"));
    after.store("b", span("2", "back", { parent: "1" }));
    await after.counter.flush();
    expect(shared.calls()).toEqual({ "front back": 4 });
    expect(shared.hours()).toHaveLength(2);
  });

  it("are counted once though the store fails in between", async () => {
    const { store, counter } = shared.process({ waitMs: 1000 });
    const far = shared.process();
    far.store("t", span("1", "front"));
    store("t", span("2", "back", { parent: "1" }));
    store("u", span("1", "front"));
    store("u", span("2", "back", { parent: "1" }));
    shared.fail(3);
    await vi.advanceTimersByTimeAsync(60_000);
    await counter.flush();
    expect(shared.calls()).toEqual({ "front back": 2 });
  });

  it("of halves that share a span id go from the client's service to the server's, whichever process has them", async () => {
    const [one, other] = [shared.process(), shared.process()];
    one.store("t", span("1", "front", { spanKind: "client", mayShareId: true }));
    other.store("t", span("1", "back", { spanKind: "server", mayShareId: true }));
    one.store("t", span("2", "deep", { spanKind: "server", parent: "1", mayShareId: true }));
    await Promise.all([one.counter.flush(), other.counter.flush()]);
    expect(shared.calls()).toEqual({ "front back": 1, "back deep": 1 });
  });

  it("do not wait when too many spans do", async () => {
    const { store, counter } = shared.process({ maxPendingSpans: 10 });
    for (let i = 0; i < 20; i++) store(`t${i}`, span("1", "front"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(counter.size).toBe(10);
    for (let i = 0; i < 30; i++) store(`u${i}`, span("1", "front"));
    expect(counter.size).toBe(20);
  });
});
