interface PartitionState {
  lag: number;
  /** When it last got on, was tried, or had to wait for others. */
  movedMs: number;
  /** Since when a batch of it is under way. */
  begunMs: number | undefined;
}

export interface StallWatchOptions {
  /** Without progress for this long a partition is stalled; 0 watches nothing. */
  readonly intervalMs: number;
  /** Batches that may be under way at once. */
  readonly batchesAtOnce: number;
  readonly onStall: (partition: number) => void;
}

/**
 * Notices a partition that has messages to read but makes no progress. An idle one is none, nor is one whose store is being tried, or one
 * that waits for others: batches of one fetch are read on from together, and so many may be under way at once.
 */
export class StallWatch {
  readonly #options: StallWatchOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #partitions = new Map<number, PartitionState>();

  constructor(options: StallWatchOptions) {
    this.#options = options;
    if (options.intervalMs <= 0) return;
    this.#timer = setInterval(() => this.#look(), Math.max(10, options.intervalMs / 4));
    this.#timer.unref();
  }

  /** The partitions that are ours from now on. */
  hold(partitions: readonly number[]): void {
    this.#partitions.clear();
    for (const partition of partitions) {
      this.#partitions.set(partition, { lag: 0, movedMs: performance.now(), begunMs: undefined });
    }
  }

  /** A batch of the partition is under way from now on. */
  begun(partition: number): void {
    const state = this.#partitions.get(partition);
    if (state === undefined) return;
    state.begunMs = performance.now();
    state.movedMs = state.begunMs;
  }

  ended(partition: number): void {
    const state = this.#partitions.get(partition);
    if (state !== undefined) state.begunMs = undefined;
  }

  /** Messages of a partition were stored; `lag` more wait behind them. */
  moved(partition: number, lag: number): void {
    const state = this.#partitions.get(partition);
    if (state === undefined) return;
    state.lag = lag;
    state.movedMs = performance.now();
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
    for (const [partition, state] of this.#partitions) {
      if (state.begunMs === undefined && this.#waitsForOthers(state)) state.movedMs = nowMs;
      if (state.lag === 0 || nowMs - state.movedMs < this.#options.intervalMs) continue;
      this.#options.onStall(partition);
      return;
    }
  }

  /** Another batch is under way for longer than this one has been waiting, or as many are as may be. */
  #waitsForOthers({ movedMs }: PartitionState): boolean {
    let underWay = 0;
    for (const { begunMs } of this.#partitions.values()) {
      if (begunMs === undefined) continue;
      if (begunMs <= movedMs) return true;
      underWay++;
    }
    return underWay >= this.#options.batchesAtOnce;
  }
}
