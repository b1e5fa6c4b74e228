const NONE = -1;

/** Finds spans by id, given as two 32-bit halves, without an object for any of them. */
export class SpanIdIndex {
  readonly #high: Int32Array;
  readonly #low: Int32Array;
  readonly #buckets: Int32Array;
  /** From the first span of an id to the first span of another id in the same bucket. */
  readonly #chain: Int32Array;
  /** From a span to the next of the same id. */
  readonly #same: Int32Array;
  /** Of the first span of an id: the last one. */
  readonly #last: Int32Array;

  /** `high` and `low` are read when a span is added and looked up; they must not change meanwhile. */
  constructor(high: Int32Array, low: Int32Array) {
    this.#high = high;
    this.#low = low;
    let size = 16;
    while (size < high.length * 2) size *= 2;
    this.#buckets = new Int32Array(size).fill(NONE);
    this.#chain = new Int32Array(high.length).fill(NONE);
    this.#same = new Int32Array(high.length).fill(NONE);
    this.#last = new Int32Array(high.length).fill(NONE);
  }

  /** False when a span of the same id is there already. */
  add(span: number): boolean {
    const high = this.#high[span] as number;
    const low = this.#low[span] as number;
    const first = this.first(high, low);
    if (first !== NONE) {
      this.#same[this.#last[first] as number] = span;
      this.#last[first] = span;
      return false;
    }
    const bucket = this.#bucket(high, low);
    this.#chain[span] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = span;
    this.#last[span] = span;
    return true;
  }

  /** The span of this id that was added first, or -1. */
  first(high: number, low: number): number {
    let span = this.#buckets[this.#bucket(high, low)] as number;
    while (span !== NONE && (this.#high[span] !== high || this.#low[span] !== low)) span = this.#chain[span] as number;
    return span;
  }

  /** The span of the same id that was added next, or -1. */
  next(span: number): number {
    return this.#same[span] as number;
  }

  #bucket(high: number, low: number): number {
    let hash = Math.imul(high ^ (low >>> 15), 0x85ebca6b) ^ low;
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & (this.#buckets.length - 1);
  }
}
