import * as fs from "node:fs";
import type { Storage } from "@spoor/storage-api";
import { DirectoryLock } from "./directory-lock.ts";
import { EmbeddedReader } from "./embedded-reader.ts";
import { messageOf } from "./engine-error.ts";
import { EmbeddedStorageError } from "./errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { openKeptSampling } from "./kept-sampling.ts";
import { StorageMetrics } from "./metrics.ts";
import { type EmbeddedStorageOptions, engineOptions } from "./options.ts";
import type { OpenDatabase } from "./slice.ts";
import { WorkerClient } from "./worker-client.ts";

const MAX_FLUSH_BYTES = 2 * 1024 * 1024;
const MAX_FLUSH_SPANS = 16_384;

/**
 * Opens the persistent store of a directory, creating it when needed. Rejects with EmbeddedStorageError.
 * Everything but accepting spans happens on a thread of its own, which a directory without spans does not have until something is
 * written or read.
 */
export async function openEmbeddedStorage(options: EmbeddedStorageOptions): Promise<Storage> {
  const engine = engineOptions(options);
  try {
    fs.mkdirSync(options.directory, { recursive: true });
    fs.accessSync(options.directory, fs.constants.R_OK | fs.constants.W_OK);
  } catch (cause) {
    throw new EmbeddedStorageError("DIRECTORY_UNUSABLE", `${options.directory} cannot be used`, { cause });
  }
  const workerUrl = options.workerUrl ?? defaultWorkerUrl();
  const writer: GroupCommit = new GroupCommit({
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
  const client = new WorkerClient({
    engine,
    workerUrl,
    logger: options.logger,
    onStats: (stats) => {
      metrics?.update(stats);
      // Tenants whose spans were dropped make room for others.
      if (stats.tenants.length < tenantCount) writer.setTenants(stats.tenants);
      tenantCount = stats.tenants.length;
    },
  });
  let lock: DirectoryLock | undefined;
  try {
    lock = await holdDirectory(options.directory, workerUrl);
    if (holdsSpans(options.directory)) writer.setTenants(await client.open());
  } catch (error) {
    lock?.release();
    metrics?.remove();
    throw error;
  }
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
      lock?.release();
      metrics?.remove();
    },
  };
}

/**
 * Holds the directory for as long as the store is open, with or without a thread. That a thread can be had is seen now, not when the
 * first spans come.
 */
async function holdDirectory(directory: string, workerUrl: URL): Promise<DirectoryLock> {
  let open: OpenDatabase;
  try {
    fs.accessSync(workerUrl, fs.constants.R_OK);
    const { DatabaseSync } = await import("node:sqlite");
    open = (file) => new DatabaseSync(file);
  } catch (cause) {
    throw new EmbeddedStorageError("WORKER_FAILED", "the storage thread could not start", { cause });
  }
  try {
    return DirectoryLock.acquire(open, directory);
  } catch (cause) {
    if (cause instanceof EmbeddedStorageError) throw cause;
    throw new EmbeddedStorageError("DIRECTORY_UNUSABLE", messageOf(cause), { cause });
  }
}

/** Slices and segments of the journal, and what became of them. */
function holdsSpans(directory: string): boolean {
  return fs.readdirSync(directory).some((name) => name.startsWith("slice-") || name.startsWith("journal-"));
}

/** The worker's file: the source itself while types are stripped, or what the build put beside the app. */
function defaultWorkerUrl(): URL {
  const name = new URL(import.meta.url).pathname.endsWith(".ts")
    ? "storage-embedded.worker.ts"
    : "storage-embedded.worker.js";
  return new URL(`./${name}`, import.meta.url);
}
