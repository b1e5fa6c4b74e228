/** Bounds of what streams of spans may hold. */
export interface WriteLimits {
  /** Spans that are written together at most. */
  readonly maxSpansAWrite: number;
  /** Bytes of requests that are written together, about. */
  readonly maxBytesAWrite: number;
  /** How long a span of a stream waits for others. */
  readonly lingerMs: number;
  /** Bytes of spans of one stream that the store may not have answered for yet; then nothing more is read of it. */
  readonly maxStreamBytes: number;
  /** The same of all streams together. */
  readonly maxBytes: number;
}

export const DEFAULT_WRITE_LIMITS: WriteLimits = {
  maxSpansAWrite: 5000,
  maxBytesAWrite: 1024 * 1024,
  lingerMs: 5,
  maxStreamBytes: 8 * 1024 * 1024,
  maxBytes: 128 * 1024 * 1024,
};

/** Counts the bytes that all streams hold, and tells those that wait when there is room again. */
export class WriteBudget {
  readonly #maxBytes: number;
  readonly #waiting = new Set<() => void>();
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#usedBytes >= this.#maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
    if (this.isFull) return;
    for (const resume of [...this.#waiting]) resume();
  }

  /** Calls `resume` once there may be room again; the returned function takes it back. */
  wait(resume: () => void): () => void {
    this.#waiting.add(resume);
    return () => this.#waiting.delete(resume);
  }
}
