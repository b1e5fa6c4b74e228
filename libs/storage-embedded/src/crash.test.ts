import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { SpanGenerator } from "@spoor/storage-testkit";
import { expect, it, onTestFinished } from "vitest";
import { buildWorker } from "./testing/build-worker.ts";
import { spanIds, TestEngine, temporaryDirectory } from "./testing/test-engine.ts";

const KILLS = process.env.SPOOR_LONG_TESTS === "1" ? 20 : 3;

/** Runs the writer until it was acknowledged `count` traces and then some milliseconds; gives the numbers of those acknowledged. */
async function writeAndDie(
  directory: string,
  worker: URL,
  seed: number,
  count: number,
  extraMs: number,
): Promise<number[]> {
  const script = path.join(import.meta.dirname, "testing", "crash-writer.ts");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", script, directory, worker.href, String(seed)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const exited = new Promise<void>((resolve) => {
    child.on("exit", () => resolve());
  });
  const acknowledged: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [, number] = /^acknowledged (\d+)$/.exec(line) ?? [];
    if (number === undefined) continue;
    acknowledged.push(Number(number));
    if (acknowledged.length === count) setTimeout(() => child.kill("SIGKILL"), extraMs);
  }
  await exited;
  return acknowledged;
}

it(
  `has every acknowledged span after ${KILLS} kills at any moment, and nothing that was not written`,
  async () => {
    const directory = temporaryDirectory();
    const built = temporaryDirectory();
    onTestFinished(() => {
      for (const each of [directory, built]) fs.rmSync(each, { recursive: true });
    });
    const worker = buildWorker(built);
    const lives: { readonly seed: number; readonly acknowledged: readonly number[] }[] = [];
    for (let life = 0; life < KILLS; life++) {
      const seed = 100 + life;
      lives.push({ seed, acknowledged: await writeAndDie(directory, worker, seed, 60 + life * 17, (life * 7) % 23) });
    }
    const store = await TestEngine.open({ directory, blockSpans: 400 }, undefined, Date.now());
    onTestFinished(() => store.engine.close());
    expect(store.engine.stats()).toMatchObject({ corruptSlices: 0, damagedJournalBytes: 0 });
    expect(store.engine.stats().blocks).toBeGreaterThan(0);
    const known = new Set<string>();
    for (const { seed, acknowledged } of lives) {
      const generator = new SpanGenerator(seed, { baseTimeNs: 1_760_000_000_000_000_000n });
      const isAcknowledged = new Set(acknowledged);
      // Some more than were acknowledged may be there: those under way when the process died.
      for (let number = 0; number <= Math.max(...acknowledged) + 20; number++) {
        const spans = generator.trace({ spans: 20 });
        const traceId = spans[0]?.traceId ?? "";
        known.add(traceId);
        const stored = spanIds(store.trace(traceId));
        if (isAcknowledged.has(number) || stored.length > 0)
          expect(stored).toEqual(spans.map(({ spanId }) => spanId).sort());
      }
    }
    const { traceIds } = await store.search({ limit: 100_000 });
    expect(traceIds.filter((id) => !known.has(id))).toEqual([]);
    expect(traceIds.length).toBeGreaterThanOrEqual(
      lives.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
    );
  },
  60_000 + KILLS * 10_000,
);
