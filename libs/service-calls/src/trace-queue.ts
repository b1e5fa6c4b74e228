import { randomBytes } from "node:crypto";

/** Words of 4 bytes that a span's ids take; the first four are its trace's. */
const ID_WORDS = 8;

/**
 * Traces by id, and in the order in which they came. A trace is known by the slots of its first and last span, whose ids are in the words
 * that the methods are given. Traces leave in their order, which makes a ring of them.
 */
export class TraceQueue {
  #firsts: Int32Array;
  #lasts: Int32Array;
  #counts: Int32Array;
  #sincesMs: Float64Array;
  /** The next trace of the same bucket, by its place in the ring; -1 behind the last. */
  #chain: Int32Array;
  #buckets: Int32Array;
  #oldest = 0;
  #size = 0;
  /** Senders choose the ids of traces: without these they could choose such as fall into one bucket. */
  readonly #seeds = new Uint32Array(new Uint8Array(randomBytes(16)).buffer);

  /** `capacity` is a power of two, to begin with. */
  constructor(capacity: number) {
    this.#firsts = new Int32Array(capacity);
    this.#lasts = new Int32Array(capacity);
    this.#counts = new Int32Array(capacity);
    this.#sincesMs = new Float64Array(capacity);
    this.#chain = new Int32Array(capacity);
    this.#buckets = new Int32Array(capacity).fill(-1);
  }

  get size(): number {
    return this.#size;
  }

  /** When the first span of the oldest trace came. */
  get oldestSinceMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#sincesMs[this.#oldest] as number);
  }

  /** Spans of the oldest trace. */
  get oldestCount(): number {
    return this.#counts[this.#oldest] as number;
  }

  /** The slot of the first span of the oldest trace. */
  get oldestFirst(): number {
    return this.#firsts[this.#oldest] as number;
  }

  /** Notes a span of the trace whose id stands at its slot. Gives the slot of the span before it; -1 when the trace is new. */
  put(words: Uint32Array, slot: number, nowMs: number): number {
    const bucket = this.#bucketOf(words, slot);
    for (let i = this.#buckets[bucket] as number; i >= 0; i = this.#chain[i] as number) {
      if (!isSameTrace(words, this.#firsts[i] as number, slot)) continue;
      const last = this.#lasts[i] as number;
      this.#lasts[i] = slot;
      this.#counts[i] = (this.#counts[i] as number) + 1;
      return last;
    }
    if (this.#size === this.#firsts.length) this.#grow(words);
    const place = (this.#oldest + this.#size++) & (this.#firsts.length - 1);
    this.#firsts[place] = slot;
    this.#lasts[place] = slot;
    this.#counts[place] = 1;
    this.#sincesMs[place] = nowMs;
    this.#enter(words, place);
    return -1;
  }

  /** Forgets the oldest trace, of which there must be one. */
  removeOldest(words: Uint32Array): void {
    const oldest = this.#oldest;
    const bucket = this.#bucketOf(words, this.#firsts[oldest] as number);
    const behind = this.#chain[oldest] as number;
    let i = this.#buckets[bucket] as number;
    if (i === oldest) this.#buckets[bucket] = behind;
    else {
      while (this.#chain[i] !== oldest) i = this.#chain[i] as number;
      this.#chain[i] = behind;
    }
    this.#oldest = (oldest + 1) & (this.#firsts.length - 1);
    this.#size--;
  }

  #enter(words: Uint32Array, place: number): void {
    const bucket = this.#bucketOf(words, this.#firsts[place] as number);
    this.#chain[place] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = place;
  }

  #bucketOf(words: Uint32Array, slot: number): number {
    const seeds = this.#seeds;
    let hash = 0;
    for (let i = 0; i < 4; i++) {
      hash = Math.imul(hash ^ (words[slot * ID_WORDS + i] as number) ^ (seeds[i] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & (this.#buckets.length - 1);
  }

  #grow(words: Uint32Array): void {
    const old = this.#firsts.length;
    // The oldest comes first again.
    const turned = <T extends Int32Array | Float64Array>(column: T, bigger: T): T => {
      bigger.set(column.subarray(this.#oldest), 0);
      bigger.set(column.subarray(0, this.#oldest), old - this.#oldest);
      return bigger;
    };
    this.#firsts = turned(this.#firsts, new Int32Array(old * 2));
    this.#lasts = turned(this.#lasts, new Int32Array(old * 2));
    this.#counts = turned(this.#counts, new Int32Array(old * 2));
    this.#sincesMs = turned(this.#sincesMs, new Float64Array(old * 2));
    this.#chain = new Int32Array(old * 2);
    this.#buckets = new Int32Array(old * 2).fill(-1);
    this.#oldest = 0;
    for (let place = 0; place < this.#size; place++) this.#enter(words, place);
  }
}

function isSameTrace(words: Uint32Array, slot: number, other: number): boolean {
  const a = slot * ID_WORDS;
  const b = other * ID_WORDS;
  return (
    words[a] === words[b] &&
    words[a + 1] === words[b + 1] &&
    words[a + 2] === words[b + 2] &&
    words[a + 3] === words[b + 3]
  );
}
