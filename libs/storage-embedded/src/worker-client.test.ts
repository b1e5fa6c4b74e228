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

function clientOf(source: string) {
  const file = `${directory}/worker-${Math.random()}.mjs`;
  fs.writeFileSync(file, source);
  return {
    file,
    client: new WorkerClient({
      engine: engineOptions({ directory }),
      workerUrl: pathToFileURL(file),
      logger: undefined,
      onStats: () => {},
    }),
  };
}

async function open(source: string) {
  const { client } = clientOf(source);
  return { client, tenants: await client.open() };
}

/** The thread as it is, and a file beside it in which it says that it starts (`+`) and closes (`-`). */
const told = (source: string) => `import { appendFileSync } from "node:fs";
const tell = (what) => appendFileSync(new URL(import.meta.url).pathname + ".told", what);
tell("+");
${source.replace("parentPort.close()", 'tell("-"); parentPort.close()')}`;
const whatWasTold = (file: string) => (fs.existsSync(`${file}.told`) ? fs.readFileSync(`${file}.told`, "utf8") : "");

/** Asks until the thread answers. */
async function servicesOf(client: WorkerClient): Promise<readonly string[]> {
  for (;;) {
    const services = await client.call("services", "").catch(() => undefined);
    if (services !== undefined) return services;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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
  expect(await servicesOf(client)).toEqual(["a"]);
});

it("starts its thread with the first call, once, and answers all that came meanwhile in their order", async () => {
  const { file, client } = clientOf(told(MORTAL));
  onTestFinished(() => client.close());
  const order: number[] = [];
  const calls = [1, 2, 3].map((n) => client.call("services", "").then(() => order.push(n)));
  await Promise.all(calls);
  expect(order).toEqual([1, 2, 3]);
  expect(whatWasTold(file)).toBe("+");
});

it("never starts a thread when it is closed before anything is asked", async () => {
  const { file, client } = clientOf(told(MORTAL));
  await client.close();
  await expect(client.call("services", "")).rejects.toMatchObject({ code: "CLOSED" });
  expect(whatWasTold(file)).toBe("");
});

it("lets calls end that wait for the first thread when it is closed", async () => {
  const { client } = clientOf(MORTAL);
  const call = client.call("services", "");
  await client.close();
  expect(await call).toEqual(["a"]);
});

it("rejects a call at once that is given up while the first thread starts, and does not send it", async () => {
  const { client } = clientOf(MORTAL);
  onTestFinished(() => client.close());
  const abort = new AbortController();
  const given = client.call("nextTraces", 1, { signal: abort.signal });
  const other = client.call("services", "");
  abort.abort(new Error("given up"));
  await expect(given).rejects.toThrow("given up");
  // The thread would have died of it.
  expect(await other).toEqual(["a"]);
});

it("rejects with UNAVAILABLE when its first thread cannot start, and works when a later one can", async () => {
  const { file, client } = clientOf("throw new Error('no')");
  onTestFinished(() => client.close());
  const calls = await Promise.allSettled([client.call("services", ""), client.call("services", "")]);
  for (const call of calls) expect(call).toMatchObject({ status: "rejected", reason: { code: "UNAVAILABLE" } });
  await expect(client.call("services", "")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  fs.writeFileSync(file, MORTAL);
  expect(await servicesOf(client)).toEqual(["a"]);
});

it("ends a thread that is being started again when it is closed", async () => {
  const { file, client } = clientOf(told(MORTAL));
  await expect(client.call("nextTraces", 1)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  while (whatWasTold(file) === "+") await new Promise((resolve) => setTimeout(resolve, 1));
  await client.close();
  expect(whatWasTold(file)).toBe("++-");
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
