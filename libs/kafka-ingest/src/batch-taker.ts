import { setTimeout as sleep } from "node:timers/promises";
import type { EachBatchPayload } from "kafkajs";
import type { BatchProcessor } from "./batch-processor.ts";
import type { IngesterMetrics } from "./metrics.ts";
import type { StallWatch } from "./stall-watch.ts";

export interface BatchTakerOptions {
  readonly processor: BatchProcessor;
  readonly metrics: IngesterMetrics;
  readonly stalls: StallWatch;
  /** How often the group hears of us while a batch is under way. */
  readonly heartbeatMs: number;
}

/** Has fetched batches stored while the group goes on hearing of us, and commits what is stored. */
export class BatchTaker {
  readonly #options: BatchTakerOptions;

  constructor(options: BatchTakerOptions) {
    this.#options = options;
  }

  /** Resolves when the batch is stored and committed, or one of `ends` fired; rejects when the group has moved on. */
  async take(payload: EachBatchPayload, ends: readonly AbortSignal[]): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale, commitOffsetsIfNecessary, uncommittedOffsets } =
      payload;
    const { partition } = batch;
    const { metrics, stalls, processor } = this.#options;
    metrics.messages(partition, batch.messages.length);
    const highest = Number(batch.highWatermark);
    const lost = new AbortController();
    const signal = AbortSignal.any([...ends, lost.signal]);
    let stored: number | undefined;
    stalls.begun(partition);
    const beating = this.#beat(heartbeat, () => isRunning() && !isStale(), lost, signal);
    try {
      await processor.process({
        batch,
        signal,
        tried: () => stalls.tried(partition),
        done: (offset) => {
          resolveOffset(offset);
          stored = Number(offset) + 1;
          const lag = Math.max(0, highest - Number(offset) - 1);
          metrics.position(partition, Number(offset), lag);
          stalls.moved(partition, lag);
        },
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      lost.abort();
      stalls.ended(partition);
    }
    // A group that has another plan for the partition says so in answer to a heartbeat.
    await beating;
    await commitOffsetsIfNecessary(uncommittedOffsets());
    if (stored !== undefined) metrics.committed(partition, stored);
  }

  /** Tells the group that we are alive while the store is slow or away. Rejects when the group has moved on. */
  async #beat(
    heartbeat: () => Promise<void>,
    isOurs: () => boolean,
    lost: AbortController,
    signal: AbortSignal,
  ): Promise<void> {
    let failure: unknown;
    while (!signal.aborted) {
      await sleep(this.#options.heartbeatMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      try {
        await heartbeat();
        if (!isOurs()) lost.abort();
      } catch (error) {
        failure = error;
        lost.abort();
      }
    }
    if (failure !== undefined) throw failure;
  }
}
