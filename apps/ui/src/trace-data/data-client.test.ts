import { describe, expect, it } from "vitest";
import { createDataClient } from "./data-client.ts";
import type { ToWorker } from "./protocol.ts";

/** A worker in this thread: keeps what it is sent and answers when told. */
class FakeWorker extends EventTarget {
  readonly sent: ToWorker[] = [];
  terminated = false;
  postMessage(message: ToWorker): void {
    this.sent.push(message);
  }
  answer(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
  terminate(): void {
    this.terminated = true;
  }
}

function setup() {
  const workers: FakeWorker[] = [];
  const client = createDataClient(() => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker as unknown as Worker;
  });
  return { client, workers, worker: () => workers.at(-1) ?? new FakeWorker() };
}

describe("the data client", () => {
  it("matches answers to calls and passes progress on", async () => {
    const { client, worker } = setup();
    const seen: number[] = [];
    const first = client.call("search", { url: "a" }, { onProgress: (p) => seen.push(p.bytes) });
    const second = client.call("find", { trace: 1, text: "x" });
    worker().answer({ id: 2, kind: "result", result: "second" });
    worker().answer({ id: 1, kind: "progress", progress: { bytes: 5, totalBytes: undefined, step: "reading" } });
    worker().answer({ id: 1, kind: "result", result: "first" });
    expect(await first).toBe("first");
    expect(await second).toBe("second");
    expect(seen).toEqual([5]);
  });

  it("fails with status and words", async () => {
    const { client, worker } = setup();
    const call = client.call("search", { url: "a" });
    worker().answer({ id: 1, kind: "error", status: 404, message: "trace not found" });
    await expect(call).rejects.toMatchObject({ status: 404, message: "trace not found" });
  });

  it("cancels a load that is no longer wanted and lets the trace go", async () => {
    const { client, worker } = setup();
    const controller = new AbortController();
    const call = client.openTrace("a", { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(worker().sent.map((message) => message.name)).toEqual(["openTrace", "cancel", "release"]);
  });

  it("starts a new worker after one was lost", async () => {
    const { client, worker, workers } = setup();
    const call = client.call("search", { url: "a" });
    worker().dispatchEvent(new Event("error"));
    await expect(call).rejects.toThrow(/Reading the data failed/);
    expect(worker().terminated).toBe(true);
    void client.call("search", { url: "b" });
    expect(workers).toHaveLength(2);
  });
});
