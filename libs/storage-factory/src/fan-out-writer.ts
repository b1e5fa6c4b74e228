import type { SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError, type WriteOptions } from "@spoor/storage-api";

/**
 * Writes to every store at once. It rejects when any does, so that the sender tries again: the same span twice is harmless. A
 * retryable error is preferred, since one store may have refused only for now.
 */
export function fanOutWriter(writers: readonly SpanWriter[]): SpanWriter {
  return {
    async write(batch: SpanBatch, options?: WriteOptions): Promise<void> {
      const results = await Promise.allSettled(writers.map((writer) => writer.write(batch, options)));
      const errors = results.filter((result) => result.status === "rejected").map(({ reason }) => reason as unknown);
      if (errors.length === 0) return;
      throw errors.find((error) => error instanceof StorageError && error.retryable) ?? errors[0];
    },
  };
}
