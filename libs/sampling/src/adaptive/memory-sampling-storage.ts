import type { LeaseLock, OperationProbability, SamplingStorage, SamplingStore, Throughput } from "@spoor/storage-api";

/** Throughput kept: more than the newest buckets that are ever read. */
const MAX_ENTRIES = 1000;

export interface MemorySamplingOptions {
  readonly nowMs?: () => number;
  /** What was inserted last, by an earlier process. */
  readonly probabilities?: readonly OperationProbability[];
  /** Called with what is inserted, for a store that keeps it; the insertion waits for it. */
  readonly keep?: (probabilities: readonly OperationProbability[]) => Promise<void>;
}

/** What collectors of one process tell each other: for stores that no other process uses. */
export class MemorySamplingStorage implements SamplingStorage {
  readonly store: SamplingStore;
  readonly #nowMs: () => number;
  readonly #leases = new Map<string, { readonly owner: unknown; readonly endsMs: number }>();

  constructor(options: MemorySamplingOptions = {}) {
    this.#nowMs = options.nowMs ?? Date.now;
    this.store = new MemorySamplingStore(options, this.#nowMs);
  }

  readonly lock: LeaseLock = this.lockOf(this);

  /** The lock as `owner` takes it. */
  lockOf(owner: unknown): LeaseLock {
    return {
      acquire: async (name, ttlSeconds) => {
        const lease = this.#leases.get(name);
        if (lease !== undefined && lease.owner !== owner && lease.endsMs > this.#nowMs()) return false;
        this.#leases.set(name, { owner, endsMs: this.#nowMs() + ttlSeconds * 1000 });
        return true;
      },
      release: async (name) => this.#leases.get(name)?.owner === owner && this.#leases.delete(name),
    };
  }
}

class MemorySamplingStore implements SamplingStore {
  readonly #keep: MemorySamplingOptions["keep"];
  readonly #nowMs: () => number;
  /** Oldest first. */
  #throughput: { readonly timeMs: number; readonly throughput: readonly Throughput[] }[] = [];
  #probabilities: readonly OperationProbability[];

  constructor({ probabilities = [], keep }: MemorySamplingOptions, nowMs: () => number) {
    this.#keep = keep;
    this.#nowMs = nowMs;
    this.#probabilities = probabilities;
  }

  async insertThroughput(throughput: readonly Throughput[], nowMs: number = this.#nowMs()): Promise<void> {
    this.#throughput.push({ timeMs: nowMs, throughput });
    if (this.#throughput.length > MAX_ENTRIES) this.#throughput = this.#throughput.slice(MAX_ENTRIES / 2);
  }

  async getThroughput(range: {
    readonly startTimeMs: number;
    readonly endTimeMs: number;
  }): Promise<readonly Throughput[]> {
    return this.#throughput
      .filter(({ timeMs }) => timeMs > range.startTimeMs && timeMs <= range.endTimeMs)
      .flatMap(({ throughput }) => throughput);
  }

  async insertProbabilities(_host: string, probabilities: readonly OperationProbability[]): Promise<void> {
    this.#probabilities = probabilities;
    await this.#keep?.(probabilities);
  }

  async getLatestProbabilities(): Promise<readonly OperationProbability[]> {
    return this.#probabilities;
  }
}
