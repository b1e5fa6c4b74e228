import { describe, expect, it } from "vitest";
import { GatherWait } from "./gather-wait.ts";

describe("the wait for company", () => {
  /** Writes at these times, then the end of the short wait of the last. */
  const extended = (wait: GatherWait, ...times: readonly number[]) => {
    for (const time of times) wait.arrived(time);
    const last = times.at(-1) ?? 0;
    return wait.extend(last + 10, 10);
  };

  it("is short for a single write", () => {
    const wait = new GatherWait(200);
    expect(wait.shortMs).toBe(10);
    expect(extended(wait, 0)).toBe(0);
    expect(extended(wait, 5_000)).toBe(0);
  });

  it("is longer while writes come by themselves", () => {
    const wait = new GatherWait(200);
    let now = 0;
    wait.arrived(now);
    for (let i = 0; i < 20; i++) {
      now += 100;
      expect(extended(wait, now - 50)).toBe(190);
      wait.arrived(now);
      wait.ended(false);
    }
  });

  it("is seldom longer when nobody comes late into it", () => {
    const wait = new GatherWait(200);
    let longer = 0;
    let now = 0;
    for (let i = 0; i < 200; i++) {
      // All eight senders write when they are answered, and then wait.
      for (let sender = 0; sender < 8; sender++, now++) wait.arrived(now);
      const extraMs = wait.extend(now + 10, 17);
      now += 10 + extraMs + 20;
      if (extraMs === 0) continue;
      longer++;
      wait.ended(false);
    }
    expect(longer).toBeGreaterThan(0);
    expect(longer).toBeLessThan(10);
  });

  it("is longer again soon after writes begin to come by themselves", () => {
    const wait = new GatherWait(200);
    let now = 0;
    const next = (isFollowed: boolean) => {
      now += 100;
      const extraMs = extended(wait, now - 50);
      if (isFollowed) wait.arrived(now);
      if (extraMs > 0) wait.ended(false);
      return extraMs;
    };
    for (let i = 0; i < 1000; i++) next(false);
    for (let i = 0; i < 70; i++) next(true);
    for (let i = 0; i < 20; i++) expect(next(true)).toBe(190);
  });

  it("is never longer than it may be", () => {
    const wait = new GatherWait(60);
    wait.arrived(0);
    expect(extended(wait, 20)).toBe(50);
    const none = new GatherWait(0);
    none.arrived(0);
    expect(none.shortMs).toBe(0);
    expect(extended(none, 20)).toBe(0);
  });

  it("counts what was waited already", () => {
    const wait = new GatherWait(200);
    wait.arrived(0);
    wait.arrived(20);
    expect(wait.extend(80, 60)).toBe(140);
    wait.ended(true);
    expect(wait.extend(215, 195)).toBe(0);
  });
});
