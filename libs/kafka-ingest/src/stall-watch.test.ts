import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StallWatch } from "./stall-watch.ts";

function watchOf(intervalMs: number, stalled: number[], batchesAtOnce: number = 8): StallWatch {
  return new StallWatch({ intervalMs, batchesAtOnce, onStall: (partition) => void stalled.push(partition) });
}

describe("the stall watch", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("tells of a partition that has messages and makes no progress, not of an idle one", () => {
    const stalled: number[] = [];
    const watch = watchOf(1000, stalled);
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
    const watch = watchOf(1000, stalled);
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

  test("leaves alone what waits for a batch of the same fetch, as long as that is tried, and for an interval after it", () => {
    const stalled: number[] = [];
    const watch = watchOf(1000, stalled);
    watch.hold([0, 1]);
    for (const partition of [0, 1]) watch.begun(partition);
    watch.moved(1, 5);
    watch.ended(1);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(500);
      watch.tried(0);
    }
    expect(stalled).toEqual([]);
    watch.moved(0, 0);
    watch.ended(0);
    vi.advanceTimersByTime(700);
    expect(stalled).toEqual([]);
    vi.advanceTimersByTime(700);
    expect(new Set(stalled)).toEqual(new Set([1]));
    watch.close();
  });

  test("leaves alone what waits for its turn while as many batches are under way as may be, but tells of those when they hang", () => {
    const stalled: number[] = [];
    const watch = watchOf(1000, stalled, 2);
    watch.hold([0, 1, 2]);
    watch.waiting(2, 7);
    for (let i = 0; i < 10; i++) {
      for (const partition of [0, 1]) watch.begun(partition);
      vi.advanceTimersByTime(500);
      for (const partition of [0, 1]) {
        watch.moved(partition, 3);
        watch.ended(partition);
      }
    }
    expect(stalled).toEqual([]);
    for (const partition of [0, 1]) watch.begun(partition);
    vi.advanceTimersByTime(1500);
    expect(new Set(stalled)).toEqual(new Set([0]));
    watch.close();
  });

  test("tells of a partition that nothing is fetched from while others get on", () => {
    const stalled: number[] = [];
    const watch = watchOf(1000, stalled);
    watch.hold([0, 1]);
    watch.waiting(1, 7);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(90);
      watch.begun(0);
      vi.advanceTimersByTime(90);
      watch.moved(0, 3);
      watch.ended(0);
    }
    expect(new Set(stalled)).toEqual(new Set([1]));
    watch.close();
  });

  test("forgets partitions that are no longer ours, and does nothing with an interval of 0", () => {
    const stalled: number[] = [];
    const watch = watchOf(1000, stalled);
    watch.hold([1]);
    watch.moved(1, 5);
    watch.hold([]);
    const off = watchOf(0, stalled);
    off.hold([2]);
    off.moved(2, 5);
    vi.advanceTimersByTime(10_000);
    expect(stalled).toEqual([]);
    watch.close();
    off.close();
  });
});
