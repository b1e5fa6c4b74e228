import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Storage } from "@spoor/storage-api";
import { openEmbeddedStorage } from "@spoor/storage-embedded";
import { describeStorageContract } from "@spoor/storage-testkit";
import { served } from "./testing/served.ts";

describeStorageContract(
  "the embedded store behind a server",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "spoor-remote-"));
    const open = async () => served(await openEmbeddedStorage({ directory, flushIntervalMs: 1 }));
    let current = await open();
    return {
      storage: current.storage,
      async reopen(): Promise<Storage> {
        await current.close();
        current = await open();
        return current.storage;
      },
      async dispose() {
        await current.close();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  },
  { traits: { hugeTraceSpans: 20_000, differentialQueries: 100 } },
);
