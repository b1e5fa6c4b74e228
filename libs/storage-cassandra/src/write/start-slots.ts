/** v1's readers look at these buckets of `service_name_index` and no others. */
export const V1_BUCKETS = 10;
const TRACKED_ROWS = 50_000;
/** Traces of one service that start at the same microsecond and are told apart. */
const MAX_BUCKETS = 5_000;

/**
 * Chooses the bucket of a row of `service_name_index`, whose key holds no trace id: two traces with a span of one service at the same
 * microsecond need two buckets or one is lost. The first goes where v1 would put it; another takes the next free one of v1's ten, and those that find
 * all taken go to buckets 10, 11 and so on, which only this project's reader looks at. Collisions between processes remain.
 */
export class StartSlots {
  readonly #maxTracked: number;
  /** Buckets by trace id, by start and service. Two generations bound the memory. */
  #recent = new Map<string, Map<string, number>>();
  #older = new Map<string, Map<string, number>>();
  #recentRows = 0;

  constructor(maxTracked: number = TRACKED_ROWS) {
    this.#maxTracked = maxTracked;
  }

  bucket(serviceName: string, startTimeUs: bigint, traceId: string, preferred: number): number {
    const key = `${startTimeUs} ${serviceName}`;
    let taken = this.#recent.get(key);
    if (taken === undefined) {
      if (this.#recentRows >= this.#maxTracked) {
        this.#older = this.#recent;
        this.#recent = new Map();
        this.#recentRows = 0;
      }
      taken = this.#older.get(key) ?? new Map();
      this.#recent.set(key, taken);
      this.#recentRows += taken.size;
    }
    const known = taken.get(traceId);
    if (known !== undefined) return known;
    if (taken.size >= MAX_BUCKETS) return preferred;
    const bucket = taken.size < V1_BUCKETS ? nextFree(taken, preferred) : taken.size;
    taken.set(traceId, bucket);
    this.#recentRows++;
    return bucket;
  }
}

function nextFree(taken: ReadonlyMap<string, number>, preferred: number): number {
  const used = new Set(taken.values());
  let bucket = preferred;
  while (used.has(bucket)) bucket = (bucket + 1) % V1_BUCKETS;
  return bucket;
}
