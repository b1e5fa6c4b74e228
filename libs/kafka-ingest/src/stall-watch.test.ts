import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StallWatch } from "./stall-watch.ts";

describe("the stall watch", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("tells of a partition that has messages and makes no progress, not of an idle one", () => {
    const stalled: number[] = [];
    const watch = new StallWatch(1000, (partition) => stalled.push(partition));
    watch.hold([0, 1]);
    watch.moved(1, 5);
    vi.advanceTimersByTime(900);
    watch.moved(1, 3);
    vi.advanceTimersByTime(900);
    expect(stalled).toEqual([]);
    vi.advanceTimersByTime(500);
    expect(new Set(stalled)).toEqual(new Set([1]));
    watch.close();
  });

  test("learns from the brokers of a partition that nothing is fetched from, and leaves one alone whose store is tried", () => {
    const stalled: number[] = [];
    const watch = new StallWatch(1000, (partition) => stalled.push(partition));
    watch.hold([0, 1, 2]);
    vi.advanceTimersByTime(900);
    for (const partition of [0, 1]) watch.waiting(partition, 7);
    watch.waiting(2, 0);
    watch.waiting(3, 7);
    vi.advanceTimersByTime(900);
    expect(stalled).toEqual([]);
    watch.tried(0);
    vi.advanceTimersByTime(500);
    expect(new Set(stalled)).toEqual(new Set([1]));
    watch.close();
  });

  test("forgets partitions that are no longer ours, and does nothing with an interval of 0", () => {
    const stalled: number[] = [];
    const watch = new StallWatch(1000, (partition) => stalled.push(partition));
    watch.hold([1]);
    watch.moved(1, 5);
    watch.hold([]);
    const off = new StallWatch(0, (partition) => stalled.push(partition));
    off.hold([2]);
    off.moved(2, 5);
    vi.advanceTimersByTime(10_000);
    expect(stalled).toEqual([]);
    watch.close();
    off.close();
  });
});
