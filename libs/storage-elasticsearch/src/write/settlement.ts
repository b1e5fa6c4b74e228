import { StorageError } from "@spoor/storage-api";

/** Waits until every document of one write is stored or refused. */
export class Settlement {
  readonly promise: Promise<void>;
  #open = 1;
  #refused = 0;
  #refusal = "";
  #error: unknown;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever gave up waiting leaves nobody to hear of a failure.
    this.promise.catch(() => {});
  }

  /** Another document. */
  add(): void {
    this.#open++;
  }

  /** A document is stored. */
  stored(): void {
    this.#done();
  }

  /** The server refuses this document for good. */
  refused(reason: string): void {
    if (this.#refused++ === 0) this.#refusal = reason;
    this.#done();
  }

  /** The document may be stored another time. */
  failed(error: unknown): void {
    this.#error ??= error;
    this.#done();
  }

  /** All documents are added. */
  close(): void {
    this.#done();
  }

  #done(): void {
    if (--this.#open > 0) return;
    if (this.#error !== undefined) this.#reject(this.#error);
    else if (this.#refused > 0) {
      const count = `${this.#refused} ${this.#refused === 1 ? "document" : "documents"}`;
      this.#reject(
        new StorageError("REJECTED", `the server refuses ${count}, all others are stored: ${this.#refusal}`),
      );
    } else this.#resolve();
  }
}
