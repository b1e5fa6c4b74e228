import type { SpanBatch } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";

/** A writer that keeps what it is given, or fails as told. For tests. */
export class CaptureWriter implements SpanWriter {
  readonly batches: SpanBatch[] = [];
  /** Rejects every write while set. */
  failure: Error | undefined;
  /** Writes settle after this promise. */
  gate: Promise<void> = Promise.resolve();
  readonly signals: (AbortSignal | undefined)[] = [];

  get spanCount(): number {
    return this.batches.reduce((sum, batch) => sum + batch.spans.length, 0);
  }

  async write(batch: SpanBatch, options?: { readonly signal?: AbortSignal }): Promise<void> {
    this.signals.push(options?.signal);
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(batch);
  }
}
