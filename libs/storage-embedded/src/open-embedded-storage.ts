import * as fs from "node:fs";
import type { Storage } from "@spoor/storage-api";
import { EmbeddedReader } from "./embedded-reader.ts";
import { EmbeddedStorageError } from "./errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { openKeptSampling } from "./kept-sampling.ts";
import { StorageMetrics } from "./metrics.ts";
import { type EmbeddedStorageOptions, engineOptions } from "./options.ts";
import { WorkerClient } from "./worker-client.ts";

const MAX_FLUSH_BYTES = 2 * 1024 * 1024;
const MAX_FLUSH_SPANS = 16_384;

/**
 * Opens the persistent store of a directory, creating it when needed. Rejects with EmbeddedStorageError.
 * Everything but accepting spans happens on a thread of its own.
 */
export async function openEmbeddedStorage(options: EmbeddedStorageOptions): Promise<Storage> {
  const engine = engineOptions(options);
  try {
    fs.mkdirSync(options.directory, { recursive: true });
    fs.accessSync(options.directory, fs.constants.R_OK | fs.constants.W_OK);
  } catch (cause) {
    throw new EmbeddedStorageError("DIRECTORY_UNUSABLE", `${options.directory} cannot be used`, { cause });
  }
  const writer = new GroupCommit({
    flushIntervalMs: options.flushIntervalMs ?? 20,
    maxPendingBytes: options.maxPendingBytes ?? 32 * 1024 * 1024,
    maxFlushSpans: Math.min(MAX_FLUSH_SPANS, engine.blockSpans),
    maxFlushBytes: Math.min(MAX_FLUSH_BYTES, engine.blockBytes),
    maxTenants: engine.maxTenants,
    send: (packed) => {
      const transfer = [packed.bytes.buffer, packed.meta.buffer] as ArrayBuffer[];
      return client.call("write", packed, { transfer });
    },
  });
  const { registry } = options;
  const metrics = registry === undefined ? undefined : new StorageMetrics(registry, () => writer);
  let tenantCount = 0;
  const opened = await WorkerClient.open({
    engine,
    workerUrl: options.workerUrl ?? defaultWorkerUrl(),
    logger: options.logger,
    onStats: (stats) => {
      metrics?.update(stats);
      // Tenants whose spans were dropped make room for others.
      if (stats.tenants.length < tenantCount) writer.setTenants(stats.tenants);
      tenantCount = stats.tenants.length;
    },
  }).catch((error: unknown) => {
    metrics?.remove();
    throw error;
  });
  const { client } = opened;
  writer.setTenants(opened.tenants);
  const reader = new EmbeddedReader(client);
  return {
    kind: "embedded",
    capabilities: { persistent: true, searchWithoutService: true, tenancy: true, archive: false },
    writer,
    reader,
    dependencies: reader,
    sampling: await openKeptSampling(options.directory, options.logger),
    async close() {
      await writer.close();
      await client.close();
      metrics?.remove();
    },
  };
}

/** The worker's file: the source itself while types are stripped, or what the build put beside the app. */
function defaultWorkerUrl(): URL {
  const name = new URL(import.meta.url).pathname.endsWith(".ts")
    ? "storage-embedded.worker.ts"
    : "storage-embedded.worker.js";
  return new URL(`./${name}`, import.meta.url);
}
