import { NO_STAMP } from "../records/record-batch.ts";
import { Batch } from "./batch.ts";

/** A buffer that grew beyond this is not kept for the next batch. */
const MAX_KEPT_CAPACITY = 2 * 1024 * 1024;

/** The batches of one partition: one under way, those that are full or sent before, and one that fills. */
export class PartitionQueue {
  readonly partition: number;
  sending: Batch | undefined;
  /** What fills is to go without waiting for its time. */
  isDue = false;
  nextSequence = 0;
  /** The producer id that {@link nextSequence} counts for. */
  generation: number = NO_STAMP.baseSequence;
  #sealed: Batch[] = [];
  #open: Batch | undefined;
  #spare: Batch | undefined;

  constructor(partition: number) {
    this.partition = partition;
  }

  get hasSealed(): boolean {
    return this.#sealed.length > 0;
  }

  /** The batch that takes one more record of these lengths. */
  batchFor(keyLength: number, valueLength: number, maxBytes: number, maxRecords: number): Batch {
    const open = this.#open;
    if (open !== undefined) {
      const hasRoom =
        open.hasRoom(keyLength, valueLength, maxBytes) && (maxRecords === 0 || open.builder.count < maxRecords);
      if (hasRoom) return open;
      this.#sealed.push(open);
    }
    const batch = this.#spare ?? new Batch(this.partition);
    this.#spare = undefined;
    this.#open = batch;
    return batch;
  }

  /** What could be sent now. */
  head(nowMs: number, lingerMs: number): Batch | undefined {
    const [first] = this.#sealed;
    if (first !== undefined) return first.notBeforeMs <= nowMs ? first : undefined;
    const open = this.#open;
    if (open === undefined || open.builder.count === 0) return undefined;
    return this.isDue || open.openedMs + lingerMs <= nowMs ? open : undefined;
  }

  /** When {@link head} may next have something. */
  nextMs(lingerMs: number): number {
    const [first] = this.#sealed;
    if (first !== undefined) return Math.min(first.notBeforeMs, first.deadlineMs);
    const open = this.#open;
    return open === undefined || open.builder.count === 0 ? Number.POSITIVE_INFINITY : open.openedMs + lingerMs;
  }

  /** Those that wait and whose time is over; {@link stopSending} is not needed for them. */
  takeExpired(nowMs: number): readonly Batch[] {
    if (this.#sealed.length === 0 && this.#open === undefined) return [];
    const expired = this.#sealed.filter((batch) => batch.deadlineMs <= nowMs);
    if (expired.length > 0) this.#sealed = this.#sealed.filter((batch) => batch.deadlineMs > nowMs);
    const open = this.#open;
    if (open !== undefined && open.builder.count > 0 && open.deadlineMs <= nowMs) {
      this.#open = undefined;
      return [...expired, open];
    }
    return expired;
  }

  startSending(): Batch {
    const batch = this.#sealed.shift() ?? this.#open;
    if (batch === undefined) throw new Error("nothing to send");
    if (batch === this.#open) {
      this.#open = undefined;
      this.isDue = false;
    }
    this.sending = batch;
    return batch;
  }

  stopSending(batch: Batch): void {
    if (this.sending === batch) this.sending = undefined;
  }

  sendAgain(batch: Batch): void {
    this.stopSending(batch);
    this.#sealed.unshift(batch);
  }

  putFirst(batches: readonly Batch[]): void {
    this.#sealed.unshift(...batches);
  }

  /** Sequence numbers begin anew with a new producer id. */
  restart(generation: number): void {
    this.generation = generation;
    this.nextSequence = 0;
  }

  /** A batch that is done gives its buffer to the next one. */
  recycle(batch: Batch): void {
    if (this.#spare !== undefined || batch.builder.capacity > MAX_KEPT_CAPACITY) return;
    batch.builder.reset();
    this.#spare = new Batch(this.partition, batch.builder);
  }
}
