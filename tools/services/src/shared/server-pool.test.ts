import { describe, expect, test } from "vitest";
import { type Launcher, ServerPool } from "./server-pool.ts";

/** Launchers that note what happens; a server's address is the number of its start. */
function recorder(...names: readonly string[]) {
  const events: string[] = [];
  const launcher = (name: string): Launcher => {
    let starts = 0;
    return async () => {
      events.push(`start ${name}`);
      await Promise.resolve();
      const address = ++starts;
      return { address, close: async () => void events.push(`end ${name}`) };
    };
  };
  return { events, launchers: Object.fromEntries(names.map((name) => [name, launcher(name)])) };
}

describe("servers of a run", () => {
  test("are started once, whoever asks at whatever time", async () => {
    const { events, launchers } = recorder("a");
    const pool = new ServerPool(launchers, { maxRunning: 2, maxStarting: 1 });
    const [one, two] = await Promise.all([pool.lease("a"), pool.lease("a")]);
    one.release();
    two.release();
    expect([one.address, two.address, (await pool.lease("a")).address]).toEqual([1, 1, 1]);
    await pool.close();
    expect(events).toEqual(["start a", "end a"]);
  });

  test("make room for others when nobody uses them, the one first that was idle longest", async () => {
    const { events, launchers } = recorder("a", "b", "c");
    const pool = new ServerPool(launchers, { maxRunning: 2, maxStarting: 1 });
    for (const name of ["a", "b", "a", "c"]) (await pool.lease(name)).release();
    expect(events).toEqual(["start a", "start b", "end b", "start c"]);
    await pool.close();
  });

  test("that are in use stay, and the next one waits", async () => {
    const { events, launchers } = recorder("a", "b");
    const pool = new ServerPool(launchers, { maxRunning: 1, maxStarting: 1 });
    const held = await pool.lease("a");
    const waiting = pool.lease("b");
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(["start a"]);
    held.release();
    held.release();
    await waiting;
    expect(events).toEqual(["start a", "end a", "start b"]);
    await pool.close();
  });

  test("that did not start are tried again by the next who asks", async () => {
    const { launchers } = recorder("a");
    let attempts = 0;
    const flaky: Launcher = () => (attempts++ === 0 ? Promise.reject(new Error("no luck")) : launchers.a?.()) as never;
    const pool = new ServerPool({ a: flaky }, { maxRunning: 1, maxStarting: 1 });
    await expect(pool.lease("a")).rejects.toThrow("no luck");
    expect((await pool.lease("a")).address).toBe(1);
    await pool.close();
  });

  test("are no more after the end, for those who wait too", async () => {
    const { events, launchers } = recorder("a", "b");
    const pool = new ServerPool(launchers, { maxRunning: 1, maxStarting: 1 });
    await pool.lease("a");
    const refused = expect(pool.lease("b")).rejects.toThrow("the run is over");
    await pool.close();
    await refused;
    await expect(pool.lease("a")).rejects.toThrow("the run is over");
    expect(events).toEqual(["start a", "end a"]);
  });
});
