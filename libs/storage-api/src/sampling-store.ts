/** How often an operation was called, and with which probabilities it was sampled then (v1's `%.6f` texts). */
export interface Throughput {
  readonly serviceName: string;
  readonly operationName: string;
  /** Root spans seen; those of a lower bound sampler are not counted. */
  readonly count: number;
  readonly probabilities: readonly string[];
}

export interface OperationProbability {
  readonly serviceName: string;
  readonly operationName: string;
  readonly probability: number;
  /** Sampled root spans a second that it was calculated from. */
  readonly qps: number;
}

/** What collectors tell each other to sample adaptively. */
export interface SamplingStore {
  insertThroughput(throughput: readonly Throughput[], nowMs?: number): Promise<void>;
  /** What was inserted after `startTimeMs`, up to and with `endTimeMs`, by all collectors. */
  getThroughput(range: { readonly startTimeMs: number; readonly endTimeMs: number }): Promise<readonly Throughput[]>;
  /** `hostname` is the collector that calculated them. */
  insertProbabilities(hostname: string, probabilities: readonly OperationProbability[], nowMs?: number): Promise<void>;
  /** What was inserted last; empty before anything was. */
  getLatestProbabilities(): Promise<readonly OperationProbability[]>;
}

/** A lock between processes that its owner loses unless he takes it again in time. */
export interface LeaseLock {
  /** Takes or prolongs the lock; false when another process has it. */
  acquire(name: string, ttlSeconds: number): Promise<boolean>;
  /** Gives it back; false when this process does not have it. */
  release(name: string): Promise<boolean>;
}

/** Adaptive sampling's part of a store. */
export interface SamplingStorage {
  readonly store: SamplingStore;
  readonly lock: LeaseLock;
}
