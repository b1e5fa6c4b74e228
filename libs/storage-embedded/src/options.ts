import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

/** How an embedded store is opened. Everything but the directory has a default. */
export interface EmbeddedStorageOptions {
  /** Created when missing. One process at a time: a second open is refused with `DIRECTORY_LOCKED`. */
  readonly directory: string;
  /** How long spans are kept after they arrived; a slice goes as a whole, so up to `sliceMs` longer. 72 h, v1's Badger default. */
  readonly retentionMs?: number;
  /** Bytes on disk above which the oldest slices go before their time. No limit by default. */
  readonly maxBytes?: number;
  /** The span of arrival times one slice file holds. 1 h. */
  readonly sliceMs?: number;
  /** A slice file that has grown past this is followed by a new one. 4 GiB. */
  readonly maxSliceBytes?: number;
  /** How long a write may wait for others to share its fsync. 20 ms. */
  readonly flushIntervalMs?: number;
  /** Bytes accepted and not yet durable above which `write` rejects with `OVERLOADED`. 32 MiB. */
  readonly maxPendingBytes?: number;
  /** Memory for decompressed rows and index rows. 64 MiB. */
  readonly cacheBytes?: number;
  /** Spans gathered in memory (durable in the journal) before they become an indexed block. 65,536, which is also the most. */
  readonly blockSpans?: number;
  /** The same in bytes; two such areas are held. 20 MiB. */
  readonly blockBytes?: number;
  /** A search that runs longer answers what it has, with completeness `time`. 10 s. */
  readonly searchTimeoutMs?: number;
  /** Distinct tenants among the spans kept; spans of more are `REJECTED`. 1,000. */
  readonly maxTenants?: number;
  readonly logger?: BaseLogger;
  readonly registry?: Registry;
  /** Where the worker's code is. By default beside the running file. */
  readonly workerUrl?: URL;
}

/** The part of the options that the worker thread needs, with defaults applied; crosses the thread border as it is. */
export interface EngineOptions {
  readonly directory: string;
  readonly retentionMs: number;
  readonly maxBytes: number;
  readonly sliceMs: number;
  readonly maxSliceBytes: number;
  readonly cacheBytes: number;
  readonly blockSpans: number;
  readonly blockBytes: number;
  readonly searchTimeoutMs: number;
  readonly maxTenants: number;
}

/** Ordinals within a block are 16 bits wide. */
export const MAX_BLOCK_SPANS = 65_536;

export function engineOptions(options: EmbeddedStorageOptions): EngineOptions {
  return {
    directory: options.directory,
    retentionMs: options.retentionMs ?? 72 * HOUR_MS,
    maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
    sliceMs: options.sliceMs ?? HOUR_MS,
    maxSliceBytes: options.maxSliceBytes ?? 4096 * MIB,
    cacheBytes: options.cacheBytes ?? 64 * MIB,
    blockSpans: Math.min(options.blockSpans ?? MAX_BLOCK_SPANS, MAX_BLOCK_SPANS),
    blockBytes: options.blockBytes ?? 20 * MIB,
    searchTimeoutMs: options.searchTimeoutMs ?? 10_000,
    maxTenants: options.maxTenants ?? 1000,
  };
}
