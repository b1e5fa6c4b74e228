/** As many are handed over without waiting for more: what decoding them together saves is saved then. */
const MANY = 16;

/**
 * Puts a hand-over off, so that what comes shortly after goes with it: a process that wakes up for each of a thousand datagrams a second
 * spends more on waking up than on decoding.
 */
export class Gather {
  readonly #ms: number;
  readonly #handOver: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, handOver: () => void) {
    this.#ms = ms;
    this.#handOver = handOver;
  }

  /** To be told when something came; `waiting` is how many are waiting. */
  came(waiting: number): void {
    if (waiting >= MANY) this.now();
    else this.#timer ??= setTimeout(() => this.now(), this.#ms);
  }

  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#handOver();
  }
}
