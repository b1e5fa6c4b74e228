import { describe, expect, it } from "vitest";
import { formatAge, formatAxisTime, formatTime, fromInputTime, toInputTime } from "./time.ts";

const base = 1_795_419_480_826_999;

describe("times", () => {
  it("are written with milliseconds in UTC", () => {
    expect(formatTime(base, "utc")).toBe("2026-11-23 07:38:00.826");
  });

  it("say so when they are out of a date's range", () => {
    expect(formatTime(1e22, "utc")).toBe("unknown time");
  });

  it("gain the date on an axis longer than a day", () => {
    expect(formatAxisTime(base, 3600e6, "utc")).toBe("07:38");
    expect(formatAxisTime(base, 60e6, "utc")).toBe("07:38:00");
    expect(formatAxisTime(base, 1e6, "utc")).toBe("07:38:00.826");
    expect(formatAxisTime(base, 200_000e6, "utc")).toBe("11-23 07:38");
  });

  it("are told as an age, also when the clock that wrote them is ahead", () => {
    expect(formatAge(base, base + 12e6)).toBe("12 s ago");
    expect(formatAge(base, base + 3599e6)).toBe("59 m ago");
    expect(formatAge(base, base + 26 * 3600e6)).toBe("26 h ago");
    expect(formatAge(base, base - 120e6)).toBe("in 2 m");
  });

  it("survive the way through a date input, to the second", () => {
    for (const zone of ["utc", "local"] as const) {
      const second = Math.floor(base / 1e6) * 1e6;
      expect(fromInputTime(toInputTime(base, zone), zone)).toBe(second);
    }
    expect(fromInputTime("nonsense", "utc")).toBeUndefined();
  });
});
