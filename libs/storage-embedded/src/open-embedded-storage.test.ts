import * as fs from "node:fs";
import { EncodedSpan, NO_PROCESS } from "@spoor/span-wire";
import { batchOf, SpanGenerator } from "@spoor/storage-testkit";
import { Registry } from "prom-client";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { openEmbeddedStorage } from "./open-embedded-storage.ts";
import type { EmbeddedStorageOptions } from "./options.ts";
import { buildWorker } from "./testing/build-worker.ts";
import { spanIds, temporaryDirectory } from "./testing/test-engine.ts";

const built = temporaryDirectory();
const workerUrl = buildWorker(built);
const failingWorker = new URL("./failing.mjs", workerUrl);
fs.writeFileSync(failingWorker, "throw new Error('started')");
afterAll(() => fs.rmSync(built, { recursive: true }));

async function open(options: Partial<EmbeddedStorageOptions> = {}) {
  const directory = options.directory ?? temporaryDirectory();
  const storage = await openEmbeddedStorage({ directory, workerUrl, ...options });
  onTestFinished(async () => {
    await storage.close();
    fs.rmSync(directory, { recursive: true, force: true });
  });
  return { directory, storage };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

describe("the store on its thread", () => {
  it("runs from its sources as well as from what the build makes", async () => {
    const directory = temporaryDirectory();
    const storage = await openEmbeddedStorage({ directory });
    const span = new SpanGenerator(1).span();
    await storage.writer.write(batchOf([span]));
    const chunks = await all(storage.reader.getTrace(span.traceId, { tenant: "" }));
    expect(spanIds(chunks.flat())).toEqual([span.spanId]);
    await storage.close();
    fs.rmSync(directory, { recursive: true });
  });

  it("refuses a directory that another store has open, and takes it when that one is closed", async () => {
    const { directory, storage } = await open();
    await expect(openEmbeddedStorage({ directory, workerUrl })).rejects.toMatchObject({ code: "DIRECTORY_LOCKED" });
    await storage.close();
    await open({ directory });
  });

  it("has no thread while its directory has no spans and nothing is asked, but holds the directory", async () => {
    const { directory, storage } = await open({ workerUrl: failingWorker });
    await expect(openEmbeddedStorage({ directory, workerUrl })).rejects.toMatchObject({ code: "DIRECTORY_LOCKED" });
    await storage.close();
    const { storage: read } = await open({ directory });
    expect(await read.reader.getServices({ tenant: "" })).toEqual([]);
    await read.close();
    const { storage: written } = await open({ directory });
    const span = new SpanGenerator(7).span();
    await written.writer.write(batchOf([span]));
    await written.close();
    await expect(open({ directory, workerUrl: failingWorker })).rejects.toMatchObject({ code: "WORKER_FAILED" });
    // A refused open holds nothing.
    const { storage: again } = await open({ directory });
    const chunks = await all(again.reader.getTrace(span.traceId, { tenant: "" }));
    expect(spanIds(chunks.flat())).toEqual([span.spanId]);
  });

  it("says when it opens that there is no file to start the thread from", async () => {
    const missing = new URL("./missing.js", workerUrl);
    await expect(open({ workerUrl: missing })).rejects.toMatchObject({ code: "WORKER_FAILED" });
  });

  it("says clearly that a directory cannot be used", async () => {
    const directory = temporaryDirectory();
    onTestFinished(() => fs.rmSync(directory, { recursive: true }));
    const file = `${directory}/file`;
    fs.writeFileSync(file, "");
    const failed = openEmbeddedStorage({ directory: `${file}/under`, workerUrl });
    await expect(failed).rejects.toMatchObject({ name: "EmbeddedStorageError", code: "DIRECTORY_UNUSABLE" });
  });

  it("refuses with OVERLOADED while too much waits for the disk, and takes writes again", async () => {
    const { storage } = await open({ maxPendingBytes: 4000, flushIntervalMs: 20 });
    const generator = new SpanGenerator(2);
    const writes = Array.from({ length: 40 }, () => storage.writer.write(batchOf(generator.trace({ spans: 5 }))));
    const results = await Promise.allSettled(writes);
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused.length).toBeGreaterThan(20);
    expect(refused.length).toBeLessThan(40);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: "OVERLOADED", retryable: true, retryAfterMs: expect.any(Number) });
    }
    await storage.writer.write(batchOf([generator.span()]));
  });

  it("takes one batch larger than all that may wait, in several flushes", async () => {
    const { storage } = await open({ maxPendingBytes: 1000, blockSpans: 100 });
    const spans = new SpanGenerator(3).trace({ spans: 1500 });
    await storage.writer.write(batchOf(spans));
    const chunks = await all(storage.reader.getTrace(spans[0]?.traceId ?? "", { tenant: "" }));
    expect(spanIds(chunks.flat())).toEqual(spans.map(({ spanId }) => spanId).sort());
  });

  it("takes spans of no more tenants than it was told to", async () => {
    const { storage } = await open({ maxTenants: 2 });
    const span = new SpanGenerator(4).span();
    for (const tenant of ["a", "b", "a"]) await storage.writer.write(batchOf([span], { tenant }));
    await expect(storage.writer.write(batchOf([span], { tenant: "c" }))).rejects.toMatchObject({ code: "REJECTED" });
  });

  it("keeps a span without a process apart from one whose process has no name", async () => {
    const { storage } = await open();
    const [source] = batchOf([new SpanGenerator(5).span({ process: { serviceName: "", tags: [] } })]).spans;
    if (source === undefined) throw new Error("nothing was encoded");
    const { buffer, start, end, traceIdStart, flags, isRoot } = source;
    const span = new EncodedSpan(buffer, start, end, NO_PROCESS, traceIdStart, flags, isRoot);
    await storage.writer.write({ ...batchOf([]), spans: [span, source] });
    const id = Buffer.from(buffer.subarray(traceIdStart, traceIdStart + 16)).toString("hex");
    const chunks = await all(storage.reader.getTrace(id, { tenant: "" }));
    expect(chunks.flat().map(({ process }) => process === NO_PROCESS)).toEqual([true, false]);
  });

  it("lets a reader leave a large trace early, many times", async () => {
    const { storage } = await open();
    const spans = new SpanGenerator(6).trace({ spans: 9000 });
    await storage.writer.write(batchOf(spans));
    for (let i = 0; i < 20; i++) {
      for await (const chunk of storage.reader.getTrace(spans[0]?.traceId ?? "", { tenant: "" })) {
        expect(chunk.length).toBeLessThan(9000);
        break;
      }
    }
    const chunks = await all(storage.reader.getTrace(spans[0]?.traceId ?? "", { tenant: "" }));
    expect(chunks.flat()).toHaveLength(9000);
  });

  it("shows its figures on the registry, and takes them off when it closes", async () => {
    const registry = new Registry();
    const directory = temporaryDirectory();
    let storage = await openEmbeddedStorage({ directory, workerUrl, registry });
    const text = await registry.metrics();
    for (const name of [
      "flushes_total",
      "pending_bytes",
      "blocks",
      "slice_files",
      "corrupt_slices_total",
      "disk_bytes",
    ]) {
      expect(text).toMatch(new RegExp(`^spoor_storage_embedded_${name} 0$`, "m"));
    }
    await storage.close();
    expect(await registry.metrics()).not.toContain("spoor_storage_embedded");
    storage = await openEmbeddedStorage({ directory, workerUrl, registry });
    await storage.close();
    fs.rmSync(directory, { recursive: true });
  });
});
