import type { KafkaError } from "../errors.ts";
import { MAX_RECORD_OVERHEAD_BYTES, RecordBatchBuilder, walkRecords } from "../records/record-batch.ts";
import type { Delivery } from "./delivery.ts";

const INITIAL_CAPACITY = 16 * 1024;

interface Part {
  readonly delivery: Delivery;
  count: number;
}

/** Records for one partition that are sent, and taken, together. */
export class Batch {
  readonly partition: number;
  readonly builder: RecordBatchBuilder;
  /** When its first record came, and until when it must be taken. */
  openedMs = 0;
  deadlineMs = 0;
  attempts = 0;
  /** Not before this is it sent again. */
  notBeforeMs = 0;
  /** A broker may hold it though it did not say so. */
  mayBeTaken = false;
  lastError: KafkaError | undefined;
  /** Under which of our producer ids it went out; sequence numbers count within one. */
  generation = -1;
  /** The records compressed, once they are. */
  compressed: Uint8Array | undefined;
  readonly #parts: Part[] = [];

  constructor(partition: number, builder: RecordBatchBuilder = new RecordBatchBuilder(INITIAL_CAPACITY)) {
    this.partition = partition;
    this.builder = builder;
  }

  hasRoom(keyLength: number, valueLength: number, maxBytes: number): boolean {
    return this.builder.byteLength + keyLength + valueLength + MAX_RECORD_OVERHEAD_BYTES <= maxBytes;
  }

  /** The record that was just ended belongs to `delivery`. */
  own(delivery: Delivery): void {
    const last = this.#parts.at(-1);
    if (last?.delivery === delivery) last.count++;
    else {
      delivery.addPart();
      this.#parts.push({ delivery, count: 1 });
    }
  }

  taken(): void {
    for (const { delivery, count } of this.#parts) delivery.partTaken(count);
  }

  failed(error: KafkaError): void {
    for (const { delivery, count } of this.#parts) delivery.partFailed(count, error);
  }

  /** The same records in two batches. */
  split(): readonly [Batch, Batch] {
    const half = Math.ceil(this.builder.count / 2);
    const halves = [new Batch(this.partition), new Batch(this.partition)] as const;
    const records = this.builder.records();
    const owners = this.#owners();
    let index = 0;
    for (const { keyStart, keyEnd, valueStart, valueEnd } of walkRecords(records)) {
      const batch = halves[index < half ? 0 : 1];
      const key = records.subarray(keyStart, keyEnd);
      const writer = batch.builder.begin(key, key.length, valueEnd - valueStart, this.openedMs);
      writer.raw(records, valueStart, valueEnd);
      batch.builder.end();
      batch.own(owners[index++] as Delivery);
    }
    for (const batch of halves) {
      batch.openedMs = this.openedMs;
      batch.deadlineMs = this.deadlineMs;
    }
    // Each half counts for its deliveries; the whole no longer does.
    for (const { delivery } of this.#parts) delivery.partTaken(0);
    return halves;
  }

  #owners(): Delivery[] {
    return this.#parts.flatMap(({ delivery, count }) => Array.from({ length: count }, () => delivery));
  }
}
