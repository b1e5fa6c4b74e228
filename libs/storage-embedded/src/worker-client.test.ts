import * as fs from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { engineOptions } from "./options.ts";
import { temporaryDirectory } from "./testing/test-engine.ts";
import { WorkerClient } from "./worker-client.ts";

const directory = temporaryDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** A thread that opens, answers `services`, closes, and dies of anything else. */
const MORTAL = `
import { parentPort } from "node:worker_threads";
parentPort.postMessage({ type: "ready", tenants: ["t"] });
parentPort.on("message", ({ id, name }) => {
  if (name === "services") parentPort.postMessage({ type: "answer", id, answer: ["a"] });
  else if (name === "close") { parentPort.postMessage({ type: "answer", id }); parentPort.close(); }
  else throw new Error("dies");
});
`;

async function open(source: string) {
  const file = `${directory}/worker-${Math.random()}.mjs`;
  fs.writeFileSync(file, source);
  return WorkerClient.open({
    engine: engineOptions({ directory }),
    workerUrl: pathToFileURL(file),
    logger: undefined,
    onStats: () => {},
  });
}

it("rejects with UNAVAILABLE when its thread dies, and works again when another runs", async () => {
  const { client, tenants } = await open(MORTAL);
  onTestFinished(() => client.close());
  expect(tenants).toEqual(["t"]);
  expect(await client.call("services", "")).toEqual(["a"]);
  const dying = [client.call("nextTraces", 1), client.call("nextTraces", 2)];
  for (const call of await Promise.allSettled(dying)) {
    expect(call).toMatchObject({ status: "rejected", reason: { code: "UNAVAILABLE", retryable: true } });
  }
  let services: readonly string[] = [];
  while (services.length === 0) {
    services = await client
      .call("services", "")
      .catch(() => new Promise((resolve) => setTimeout(() => resolve([]), 20)));
  }
  expect(services).toEqual(["a"]);
});

it("rejects the open when its thread cannot start", async () => {
  await expect(open("throw new Error('no')")).rejects.toMatchObject({ code: "WORKER_FAILED" });
  await expect(
    open(`import { parentPort } from "node:worker_threads";
      parentPort.postMessage({ type: "failed", code: "DIRECTORY_LOCKED", message: "taken" });
      parentPort.close();`),
  ).rejects.toMatchObject({ code: "DIRECTORY_LOCKED", message: "taken" });
});

it("closes while its thread is down, and refuses calls then", async () => {
  const { client } = await open(MORTAL);
  await expect(client.call("nextTraces", 1)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await client.close();
  await expect(client.call("services", "")).rejects.toMatchObject({ code: "CLOSED" });
});

it("takes no notice of messages that the runtime sends, as it does under --watch", async () => {
  const { client } = await open(`import { parentPort } from "node:worker_threads";
    parentPort.postMessage({ "watch:import": ["a.ts"] });
    ${MORTAL.replace(/^import.*$/m, "")}`);
  onTestFinished(() => client.close());
  expect(await client.call("services", "")).toEqual(["a"]);
});
