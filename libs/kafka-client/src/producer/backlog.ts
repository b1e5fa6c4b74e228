import { BATCH_HEAD_BYTES } from "../records/record-batch.ts";
import type { Batch } from "./batch.ts";
import { PartitionQueue } from "./partition-queue.ts";

/** What no broker has yet, or does not say it has: a queue for each partition, and how much is in all of them. */
export class Backlog {
  /** By partition; there are holes. */
  readonly queues: PartitionQueue[] = [];
  #bytes = 0;
  #records = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#records === 0;
  }

  queueOf(partition: number): PartitionQueue {
    let queue = this.queues[partition];
    if (queue === undefined) {
      queue = new PartitionQueue(partition);
      this.queues[partition] = queue;
    }
    return queue;
  }

  /** A record was put into a batch. */
  recordAdded(bytes: number): void {
    this.#bytes += bytes;
    this.#records++;
  }

  /** A batch is settled, whether it was under way or waited. */
  remove(batch: Batch): void {
    this.queueOf(batch.partition).stopSending(batch);
    this.#bytes -= recordBytes(batch);
    this.#records -= batch.builder.count;
  }

  /** Its records go on in these batches, before all others. */
  replace(batch: Batch, parts: readonly Batch[]): void {
    this.remove(batch);
    for (const part of parts) {
      this.#bytes += recordBytes(part);
      this.#records += part.builder.count;
    }
    this.queueOf(batch.partition).putFirst(parts);
  }
}

function recordBytes({ builder }: Batch): number {
  return builder.byteLength - BATCH_HEAD_BYTES;
}
