import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openKeptSampling } from "./kept-sampling.ts";

const LEARNED = [{ serviceName: "shop", operationName: "buy", probability: 0.5, qps: 1.25 }];
const logger = pino({ level: "silent" });

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spoor-sampling-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

it("what was learned is there after a restart", async () => {
  const first = await openKeptSampling(directory, logger);
  expect(await first.store.getLatestProbabilities()).toEqual([]);
  await first.store.insertProbabilities("host", LEARNED);
  const second = await openKeptSampling(directory, logger);
  expect(await second.store.getLatestProbabilities()).toEqual(LEARNED);
});

it.each(["", "{}", "nonsense", '[{"serviceName":1}]'])("a file of %j is as if there were none", async (text) => {
  writeFileSync(join(directory, "sampling-probabilities.json"), text);
  const opened = await openKeptSampling(directory, logger);
  expect(await opened.store.getLatestProbabilities()).toEqual([]);
});
