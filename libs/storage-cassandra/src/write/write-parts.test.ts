import { describe, expect, test } from "vitest";
import { NameCache } from "./name-cache.ts";
import { StartSlots } from "./start-slots.ts";
import { bucketStartUs, durationBucketMs } from "./time-buckets.ts";

const HOUR_MS = 3_600_000;

describe("the hour of a duration", () => {
  test("is the nearest one, half hours going to the later", () => {
    const at = (text: string) => durationBucketMs(Date.parse(text) * 1000);
    expect(at("2026-11-22T13:29:59.999Z")).toBe(Date.parse("2026-11-22T13:00:00Z"));
    expect(at("2026-11-22T13:30:00Z")).toBe(Date.parse("2026-11-22T14:00:00Z"));
    expect(at("1969-12-31T23:30:00Z")).toBe(0);
  });

  test("begins half an hour before it", () => {
    const start = bucketStartUs(HOUR_MS);
    expect(durationBucketMs(start)).toBe(HOUR_MS);
    expect(durationBucketMs(start - 1)).toBe(0);
  });
});

describe("buckets of traces that start together", () => {
  test("are v1's for the first, then the free ones of ten, then new ones", () => {
    const slots = new StartSlots();
    const buckets = Array.from({ length: 25 }, (_, i) => slots.bucket("s", 7, `trace${i}`, 4));
    expect(buckets[0]).toBe(4);
    expect(new Set(buckets.slice(0, 10))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(buckets.slice(10)).toEqual(Array.from({ length: 15 }, (_, i) => 10 + i));
  });

  test("stay the same for the same trace, and do not depend on other starts or services", () => {
    const slots = new StartSlots();
    expect(slots.bucket("s", 7, "a", 4)).toBe(4);
    expect(slots.bucket("s", 7, "b", 4)).toBe(5);
    expect(slots.bucket("s", 7, "a", 9)).toBe(4);
    expect(slots.bucket("s", 8, "b", 4)).toBe(4);
    expect(slots.bucket("t", 7, "b", 4)).toBe(4);
  });

  test("take bounded memory, however many start at one time", () => {
    const slots = new StartSlots(100);
    for (let i = 0; i < 1000; i++) slots.bucket("s", i, "a", 1);
    // The last ones are still known.
    expect(slots.bucket("s", 999, "b", 1)).toBe(2);
    for (let i = 0; i < 6000; i++) slots.bucket("s", 5, `trace${i}`, 3);
    expect(slots.bucket("s", 5, "one more", 3)).toBe(3);
  });
});

describe("names that were written", () => {
  test("are known until their time is over", () => {
    let now = 0;
    const cache = new NameCache(100, 10, () => now);
    cache.add("a");
    now = 99;
    expect(cache.has("a")).toBe(true);
    now = 100;
    expect(cache.has("a")).toBe(false);
  });

  test("give way to newer ones when there are too many", () => {
    const cache = new NameCache(100, 2, () => 0);
    for (const name of ["a", "b", "a", "c"]) cache.add(name);
    expect(["a", "b", "c"].map((name) => cache.has(name))).toEqual([true, false, true]);
  });
});
