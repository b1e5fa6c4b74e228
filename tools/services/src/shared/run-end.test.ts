import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const RUN_PROGRAM = fileURLToPath(new URL("testing/small-run.ts", import.meta.url));

let run: ChildProcess | undefined;
afterEach(() => void run?.kill("SIGKILL"));

/** Starts a run whose one server only waits; gives the ids of the run, of the owner of servers and of the server, and the server's folder. */
async function startRun() {
  const child = spawn(process.execPath, [RUN_PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  run = child;
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, ...(JSON.parse(line) as { host: number; server: number; folder: string }) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(20);
}

test("servers and their data are gone when the run ends", async () => {
  const { child, host, server, folder } = await startRun();
  expect([isAlive(host), isAlive(server), existsSync(folder)]).toEqual([true, true, true]);
  child.stdin.end();
  await once(child, "exit");
  expect([isAlive(host), isAlive(server), existsSync(folder)]).toEqual([false, false, false]);
});

test("servers and their data are gone soon after the run was killed", async () => {
  const { child, host, server, folder } = await startRun();
  child.kill("SIGKILL");
  await gone(host);
  expect([isAlive(server), existsSync(folder)]).toEqual([false, false]);
});

test("the interrupt of a terminal does not take the owner of servers away before the run", async () => {
  const { child, host, server } = await startRun();
  process.kill(host, "SIGINT");
  process.kill(host, "SIGTERM");
  child.stdin.end();
  await once(child, "exit");
  expect([child.exitCode, isAlive(host), isAlive(server)]).toEqual([0, false, false]);
});
