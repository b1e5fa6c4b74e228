/** v1's readers look at these buckets of `service_name_index` and no others. */
export const V1_BUCKETS = 10;
const TRACKED_ROWS = 50_000;
/** Traces of one service that start at the same microsecond and are told apart. */
const MAX_BUCKETS = 5_000;

/** The first trace of a start time, and its bucket; the others, once there are any. */
interface Start {
  readonly traceId: string;
  readonly bucket: number;
  others: Map<string, number> | undefined;
}

type Starts = Map<string, Map<number | bigint, Start>>;

/**
 * Chooses the bucket of a row of `service_name_index`, whose key holds no trace id: two traces with a span of one service at the same
 * microsecond need two buckets or one is lost. The first goes where v1 would put it; another takes the next free one of v1's ten, and those that find
 * all taken go to buckets 10, 11 and so on, which only this project's reader looks at. Collisions between processes remain.
 */
export class StartSlots {
  readonly #maxTracked: number;
  /** By service and start. Two generations bound the memory. */
  #recent: Starts = new Map();
  #older: Starts = new Map();
  #recentRows = 0;

  constructor(maxTracked: number = TRACKED_ROWS) {
    this.#maxTracked = maxTracked;
  }

  bucket(serviceName: string, startTimeUs: number | bigint, traceId: string, preferred: number): number {
    let service = this.#recent.get(serviceName);
    let start = service?.get(startTimeUs);
    if (service === undefined || start === undefined) {
      if (this.#recentRows >= this.#maxTracked) {
        this.#older = this.#recent;
        this.#recent = new Map();
        this.#recentRows = 0;
        service = undefined;
      }
      if (service === undefined) {
        service = new Map();
        this.#recent.set(serviceName, service);
      }
      start = this.#older.get(serviceName)?.get(startTimeUs);
      const isNew = start === undefined;
      start ??= { traceId, bucket: preferred, others: undefined };
      service.set(startTimeUs, start);
      this.#recentRows += 1 + (start.others?.size ?? 0);
      if (isNew) return preferred;
    }
    if (start.traceId === traceId) return start.bucket;
    return this.#other(start, traceId, preferred);
  }

  #other(start: Start, traceId: string, preferred: number): number {
    start.others ??= new Map();
    const { others } = start;
    const known = others.get(traceId);
    if (known !== undefined) return known;
    const taken = others.size + 1;
    if (taken >= MAX_BUCKETS) return preferred;
    const bucket = taken < V1_BUCKETS ? nextFree(start.bucket, others, preferred) : taken;
    others.set(traceId, bucket);
    this.#recentRows++;
    return bucket;
  }
}

function nextFree(first: number, others: ReadonlyMap<string, number>, preferred: number): number {
  const used = new Set([first, ...others.values()]);
  let bucket = preferred;
  while (used.has(bucket)) bucket = (bucket + 1) % V1_BUCKETS;
  return bucket;
}
