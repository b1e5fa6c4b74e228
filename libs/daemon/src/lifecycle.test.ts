import { getMaxListeners } from "node:events";
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

  test("all in time is clean, and any number of parts may listen for the end of the time", async () => {
    const lifecycle = new Lifecycle(pino({ level: "silent" }));
    const limits = new Set<number>();
    for (let i = 0; i < 30; i++) lifecycle.add(`part ${i}`, async (signal) => void limits.add(getMaxListeners(signal)));
    expect(await lifecycle.stop(10_000)).toBe(true);
    expect([...limits]).toEqual([0]);
  });

  test("listeners that started one after the other stop at the same time, the rest in reverse", async () => {
    const lifecycle = new Lifecycle(pino({ level: "silent" }));
    const order: string[] = [];
    const part = (name: string) => async () => {
      order.push(`${name} stops`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} stopped`);
    };
    lifecycle.addListener("admin", part("admin"));
    lifecycle.add("storage", part("storage"));
    lifecycle.addListener("a", part("a"));
    lifecycle.addListener("b", part("b"));
    expect(await lifecycle.stop(10_000)).toBe(true);
    expect(order).toEqual([
      "b stops",
      "a stops",
      "b stopped",
      "a stopped",
      "storage stops",
      "storage stopped",
      "admin stops",
      "admin stopped",
    ]);
  });

  test("a part whose turn comes late still has time to release what it holds", async () => {
    const lifecycle = new Lifecycle(pino({ level: "silent" }));
    let released = false;
    lifecycle.add("storage", async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      released = true;
    });
    lifecycle.add("hanging", () => new Promise(() => undefined));
    expect(await lifecycle.stop(1)).toBe(false);
    expect(released).toBe(true);
  });
});
