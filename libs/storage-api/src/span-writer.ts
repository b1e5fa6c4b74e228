import type { SpanBatch } from "@spoor/span-wire";

export interface WriteOptions {
  /** Stops waiting. The batch may still be stored: an abort is no rollback. */
  readonly signal?: AbortSignal;
}

/**
 * Takes encoded spans. Stores implement it, and so does everything in front of one (ingest, fan-out, a forwarder to
 * a collector): receivers know only this.
 *
 * - `write` resolves when the spans are as durable as the store makes them; only then may a sender be told so.
 * - It rejects with a {@link StorageError}: retryable when the same batch may succeed later. A rejected batch may be
 *   stored in part.
 * - Writing the same span again is harmless: readers show it once.
 * - Calls may overlap; the batch belongs to the callee until it settles and its bytes are never changed.
 */
export interface SpanWriter {
  write(batch: SpanBatch, options?: WriteOptions): Promise<void>;
}
