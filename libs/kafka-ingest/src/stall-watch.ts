/** Notices a partition that has messages to read but makes no progress. An idle one is none, nor is one whose store is being tried. */
export class StallWatch {
  readonly #intervalMs: number;
  readonly #onStall: (partition: number) => void;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #partitions = new Map<number, { lag: number; movedMs: number }>();

  constructor(intervalMs: number, onStall: (partition: number) => void) {
    this.#intervalMs = intervalMs;
    this.#onStall = onStall;
    if (intervalMs <= 0) return;
    this.#timer = setInterval(() => this.#look(), Math.max(10, intervalMs / 4));
    this.#timer.unref();
  }

  /** The partitions that are ours from now on. */
  hold(partitions: readonly number[]): void {
    this.#partitions.clear();
    for (const partition of partitions) this.#partitions.set(partition, { lag: 0, movedMs: performance.now() });
  }

  /** Messages of a partition were stored; `lag` more wait behind them. */
  moved(partition: number, lag: number): void {
    if (this.#partitions.has(partition)) this.#partitions.set(partition, { lag, movedMs: performance.now() });
  }

  /** The brokers say that `lag` messages wait. */
  waiting(partition: number, lag: number): void {
    const state = this.#partitions.get(partition);
    if (state === undefined) return;
    if (state.lag === 0) state.movedMs = performance.now();
    state.lag = lag;
  }

  /** Something was tried for a partition, if without success. */
  tried(partition: number): void {
    const state = this.#partitions.get(partition);
    if (state !== undefined) state.movedMs = performance.now();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [partition, { lag, movedMs }] of this.#partitions) {
      if (lag === 0 || nowMs - movedMs < this.#intervalMs) continue;
      this.#onStall(partition);
      return;
    }
  }
}
