import { describe, expect, test } from "vitest";
import { RecentSpans } from "./recent-spans.ts";
import { RowTimes } from "./row-times.ts";

describe("spans that were stored", () => {
  test("are new once", () => {
    const recent = new RecentSpans();
    expect([recent.add(1, 2), recent.add(1, 3), recent.add(2, 2), recent.add(-1, -1)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([recent.add(1, 2), recent.add(2, 2), recent.add(-1, -1)]).toEqual([false, false, false]);
  });

  test("are forgotten in time, so that memory is bounded", () => {
    const recent = new RecentSpans(10);
    for (let i = 0; i < 10; i++) recent.add(0, i);
    expect(recent.add(0, 0)).toBe(false);
    for (let i = 10; i < 30; i++) recent.add(0, i);
    expect(recent.add(0, 0)).toBe(true);
  });
});

describe("the time of an hour's row", () => {
  const hour = (id: string) => ({ startTimeMs: 3_600_000, id });

  test("lies in the first minute, is the same for the same sum, and free of others' rows", async () => {
    const taken = new Set<number>();
    const times = new RowTimes(async () => taken);
    const first = await times.of(hour("0000ea5e00000000"));
    expect(first).toBe(3_600_000 + 59_999);
    taken.add(first);
    expect(await times.of(hour("0000ea5e00000000"))).toBe(first);
    // The hour's own beginning belongs to rows of whole days.
    expect(await times.of(hour("0000ea5effffffff"))).toBe(3_600_001);
  });
});
