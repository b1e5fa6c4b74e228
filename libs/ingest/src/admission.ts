import { StorageError } from "@spoor/storage-api";

export interface AdmissionLimits {
  /** Bytes that received batches may keep alive together. */
  readonly maxBytes: number;
  /** Spans that may be in flight together; unlimited unless given. */
  readonly maxSpans?: number;
}

const RETRY_AFTER_MS = 1000;

/** Bounds what is in flight. A batch larger than the bound is let in alone: receivers bound the size of one. */
export class Admission {
  readonly #limits: AdmissionLimits;
  #bytes = 0;
  #spans = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** Counts a batch in, or gives the error that its sender has to see. */
  enter(spans: number, bytes: number): StorageError | undefined {
    const { maxBytes, maxSpans = Number.POSITIVE_INFINITY } = this.#limits;
    if (this.#spans > 0 && (this.#bytes + bytes > maxBytes || this.#spans + spans > maxSpans)) {
      return new StorageError("OVERLOADED", "server busy", { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#bytes += bytes;
    this.#spans += spans;
    return undefined;
  }

  leave(spans: number, bytes: number): void {
    this.#bytes -= bytes;
    this.#spans -= spans;
  }
}
