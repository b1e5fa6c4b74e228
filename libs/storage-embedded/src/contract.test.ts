import * as fs from "node:fs";
import { describeStorageContract } from "@spoor/storage-testkit";
import { afterAll } from "vitest";
import { openEmbeddedStorage } from "./open-embedded-storage.ts";
import type { EmbeddedStorageOptions } from "./options.ts";
import { buildWorker } from "./testing/build-worker.ts";
import { temporaryDirectory } from "./testing/test-engine.ts";

const built = temporaryDirectory();
const workerUrl = buildWorker(built);
afterAll(() => fs.rmSync(built, { recursive: true }));

function openAndReopen(options: Omit<EmbeddedStorageOptions, "directory">) {
  return async () => {
    const directory = temporaryDirectory();
    const open = () => openEmbeddedStorage({ directory, workerUrl, flushIntervalMs: 0, ...options });
    let storage = await open();
    return {
      get storage() {
        return storage;
      },
      async reopen() {
        await storage.close();
        storage = await open();
        return storage;
      },
      async dispose() {
        await storage.close();
        fs.rmSync(directory, { recursive: true });
      },
    };
  };
}

// With spans in memory, as a store has them that has just begun...
describeStorageContract("storage-embedded", openAndReopen({}));
// ...and with nearly all in blocks, several a slice, and slices that follow each other quickly.
describeStorageContract(
  "storage-embedded in small blocks",
  openAndReopen({ blockSpans: 64, maxSliceBytes: 256 * 1024, cacheBytes: 64 * 1024 }),
  { traits: { largeTraceSpans: 3000, hugeTraceSpans: 8000 } },
);
