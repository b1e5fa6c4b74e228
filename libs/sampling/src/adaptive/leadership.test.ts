import { pino } from "pino";
import { expect, it } from "vitest";
import { Leadership } from "./leadership.ts";
import { MemorySamplingStorage } from "./memory-sampling-storage.ts";

const logger = pino({ level: "silent" });

function setUp() {
  const clock = { nowMs: 0 };
  const nowMs = () => clock.nowMs;
  const storage = new MemorySamplingStorage({ nowMs });
  const stand = (owner: string, lock = storage.lockOf(owner)) =>
    new Leadership({ lock, leaderRefreshMs: 5000, followerRefreshMs: 60_000, logger, nowMs });
  return { clock, storage, stand };
}

it("one leads, the others try less often", async () => {
  const { stand } = setUp();
  const [first, second] = [stand("a"), stand("b")];
  expect(await first.stand()).toBe(5000);
  expect(await second.stand()).toBe(60_000);
  expect([first.isLeader, second.isLeader]).toEqual([true, false]);
});

it("a leader that cannot renew its lease leads no more when it ends", async () => {
  const { clock, storage, stand } = setUp();
  const working = storage.lockOf("a");
  let fails = false;
  const leader = stand("a", {
    ...working,
    acquire: (name, ttl) => (fails ? Promise.reject(new Error("no store")) : working.acquire(name, ttl)),
  });
  await leader.stand();
  fails = true;
  clock.nowMs = 59_000;
  await leader.stand();
  expect(leader.isLeader).toBe(true);
  clock.nowMs = 61_000;
  expect(leader.isLeader).toBe(false);
});

it("a leader that resigns lets another lead at once", async () => {
  const { stand } = setUp();
  const [first, second] = [stand("a"), stand("b")];
  await first.stand();
  await first.resign();
  await second.stand();
  expect([first.isLeader, second.isLeader]).toEqual([false, true]);
});
