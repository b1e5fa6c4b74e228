import type { KafkaError } from "../errors.ts";

/** The records of one call, on their way in one or more batches. It settles when every record has. */
export class Delivery {
  /** Rejects with the most telling of several errors: one that may pass before one that will not. */
  readonly settled: Promise<void>;
  #resolve: () => void = () => {};
  #reject: (error: KafkaError) => void = () => {};
  #open = 1;
  #failure: KafkaError | undefined;
  readonly #onRecords: (count: number, error: KafkaError | undefined) => void;

  /** `onRecords` hears of records as their batch is taken or given up. */
  constructor(onRecords: (count: number, error: KafkaError | undefined) => void) {
    this.#onRecords = onRecords;
    this.settled = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever stops waiting leaves it unhandled.
    this.settled.catch(() => {});
  }

  /** One more part of a batch holds records of this call. */
  addPart(): void {
    this.#open++;
  }

  /** All records are in batches. */
  complete(): void {
    this.#settle();
  }

  partTaken(count: number): void {
    this.#onRecords(count, undefined);
    this.#settle();
  }

  partFailed(count: number, error: KafkaError): void {
    this.#onRecords(count, error);
    this.fail(error);
    this.#settle();
  }

  /** A record that never made it into a batch. */
  fail(error: KafkaError): void {
    if (this.#failure === undefined || (error.retryable && !this.#failure.retryable)) this.#failure = error;
  }

  #settle(): void {
    if (--this.#open > 0) return;
    if (this.#failure === undefined) this.#resolve();
    else this.#reject(this.#failure);
  }
}
