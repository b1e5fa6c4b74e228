import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { Lifecycle } from "./lifecycle.ts";

describe("stopping in time", () => {
  test("a part that hangs is left behind, the others still stop, and the result says so", async () => {
    const lifecycle = new Lifecycle(pino({ level: "silent" }));
    const stopped: string[] = [];
    lifecycle.add("storage", async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      stopped.push("storage");
    });
    lifecycle.add("quick", () => void stopped.push("quick"));
    lifecycle.add("hanging", (signal) => {
      signal.addEventListener("abort", () => stopped.push("told"));
      return new Promise(() => undefined);
    });
    expect(await lifecycle.stop(20)).toBe(false);
    expect(stopped.slice(0, 2)).toEqual(["told", "quick"]);
  });

  test("all in time is clean", async () => {
    const lifecycle = new Lifecycle(pino({ level: "silent" }));
    for (let i = 0; i < 30; i++) lifecycle.add(`part ${i}`, async () => undefined);
    expect(await lifecycle.stop(10_000)).toBe(true);
  });
});
