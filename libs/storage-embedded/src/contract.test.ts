import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describeStorageContract } from "@spoor/storage-testkit";
import { openEmbeddedStorage } from "./open-embedded-storage.ts";
import type { EmbeddedStorageOptions } from "./options.ts";

function openAndReopen(options: Omit<EmbeddedStorageOptions, "directory">) {
  return async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "spoor-embedded-"));
    const open = () => openEmbeddedStorage({ directory, flushIntervalMs: 0, ...options });
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
);
