import { describe, expect, it } from "vitest";
import { lookbackTime } from "./rollover.ts";

describe("the time that lookback counts from", () => {
  const now = Date.parse("2026-11-24T15:45:30.500Z");

  it.each([
    ["seconds", 10, "2026-11-24T15:45:20.000Z"],
    ["minutes", 1, "2026-11-24T15:44:00.000Z"],
    ["hours", 2, "2026-11-24T13:00:00.000Z"],
    ["days", 1, "2026-11-24T00:00:00.000Z"],
    ["weeks", 1, "2026-11-18T00:00:00.000Z"],
    ["months", 1, "2026-10-24T00:00:00.000Z"],
    ["years", 2, "2024-11-24T00:00:00.000Z"],
    ["bananas", 0, "2026-11-24T15:45:30.000Z"],
  ])("%s, %i back", (unit, count, expected) => {
    expect(new Date(lookbackTime(now, unit, count)).toISOString()).toBe(expected);
  });
});
