import { hexOf, type TraceId } from "@spoor/span-model";
import type { MemoryUse } from "./memory-use.ts";
import { NONE, RecordTable } from "./record-table.ts";

/**
 * Words of a trace's record.
 *
 * ```
 * word 0-3 trace id   4 next in bucket   5 next newer trace   6 first span   7 last span   8 spans   10-11 serial (double)
 * ```
 */
const WORDS = 12;
const CHAIN = 4;
const NEWER = 5;
const FIRST = 6;
const LAST = 7;
const SPANS = 8;
const SERIAL = 5;
const FIRST_BUCKETS = 64;

/** Traces by id, in the order in which they were first seen. */
export class TraceTable extends RecordTable {
  readonly #use: MemoryUse;
  readonly #seed: number;
  #buckets = new Int32Array(FIRST_BUCKETS).fill(NONE);
  #oldest = NONE;
  #newest = NONE;
  #serial = 0;
  readonly #id = new Int32Array(4);

  /** `seed` keeps senders from choosing ids that fall into one bucket. */
  constructor(use: MemoryUse, seed: number) {
    super(WORDS, use);
    this.#use = use;
    this.#seed = seed;
    use.add(FIRST_BUCKETS * 4);
  }

  /** The trace first seen longest ago, or NONE. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The trace whose id is the 16 bytes at `at`, or NONE. */
  find(buffer: Uint8Array, at: number): number {
    this.#readId(buffer, at);
    return this.#lookUp();
  }

  /** The same, created without spans when it is new. */
  findOrAdd(buffer: Uint8Array, at: number): number {
    this.#readId(buffer, at);
    const known = this.#lookUp();
    if (known !== NONE) return known;
    if (this.count >= this.#buckets.length) this.#rehash();
    const trace = this.allocate();
    const { i32, f64 } = this.page(trace);
    const base = this.at(trace);
    for (let i = 0; i < 4; i++) i32[base + i] = this.#id[i] as number;
    const bucket = this.#bucket();
    i32[base + CHAIN] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = trace;
    i32[base + NEWER] = NONE;
    i32[base + FIRST] = NONE;
    i32[base + LAST] = NONE;
    i32[base + SPANS] = 0;
    f64[(base >> 1) + SERIAL] = this.#serial++;
    if (this.#newest === NONE) this.#oldest = trace;
    else this.page(this.#newest).i32[this.at(this.#newest) + NEWER] = trace;
    this.#newest = trace;
    return trace;
  }

  /** Forgets the oldest trace; its spans are the caller's. */
  removeOldest(): void {
    const trace = this.#oldest;
    const { i32 } = this.page(trace);
    const base = this.at(trace);
    for (let i = 0; i < 4; i++) this.#id[i] = i32[base + i] as number;
    const bucket = this.#bucket();
    const next = i32[base + CHAIN] as number;
    let before = this.#buckets[bucket] as number;
    if (before === trace) this.#buckets[bucket] = next;
    else {
      for (;;) {
        const following = this.page(before).i32[this.at(before) + CHAIN] as number;
        if (following === trace) break;
        before = following;
      }
      this.page(before).i32[this.at(before) + CHAIN] = next;
    }
    this.#oldest = i32[base + NEWER] as number;
    if (this.#oldest === NONE) this.#newest = NONE;
    this.release(trace);
  }

  newer(trace: number): number {
    return this.page(trace).i32[this.at(trace) + NEWER] as number;
  }

  firstSpan(trace: number): number {
    return this.page(trace).i32[this.at(trace) + FIRST] as number;
  }

  spanCount(trace: number): number {
    return this.page(trace).i32[this.at(trace) + SPANS] as number;
  }

  /** Tells apart two traces that had the same record one after the other. */
  serial(trace: number): number {
    return this.page(trace).f64[(this.at(trace) >> 1) + SERIAL] as number;
  }

  id(trace: number): TraceId {
    const { i32 } = this.page(trace);
    return hexOf(new Uint8Array(i32.buffer, this.at(trace) * 4, 16), 0, 16);
  }

  /** Appends a span; returns the one that was last until now, or NONE. */
  append(trace: number, span: number): number {
    const { i32 } = this.page(trace);
    const base = this.at(trace);
    const last = i32[base + LAST] as number;
    i32[base + LAST] = span;
    i32[base + SPANS] = (i32[base + SPANS] as number) + 1;
    if (last === NONE) i32[base + FIRST] = span;
    return last;
  }

  /** Little-endian on every machine we run on, so that {@link id} reads the same bytes. */
  #readId(buffer: Uint8Array, at: number): void {
    for (let word = 0; word < 4; word++) {
      const i = at + word * 4;
      this.#id[word] =
        (buffer[i] as number) |
        ((buffer[i + 1] as number) << 8) |
        ((buffer[i + 2] as number) << 16) |
        ((buffer[i + 3] as number) << 24);
    }
  }

  #bucket(): number {
    let hash = this.#seed;
    for (let word = 0; word < 4; word++) {
      hash = Math.imul(hash ^ (this.#id[word] as number), 0x85ebca6b);
      hash ^= hash >>> 13;
      hash = Math.imul(hash, 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
    return hash & (this.#buckets.length - 1);
  }

  #lookUp(): number {
    const id = this.#id;
    let trace = this.#buckets[this.#bucket()] as number;
    while (trace !== NONE) {
      const { i32 } = this.page(trace);
      const base = this.at(trace);
      if (i32[base] === id[0] && i32[base + 1] === id[1] && i32[base + 2] === id[2] && i32[base + 3] === id[3]) break;
      trace = i32[base + CHAIN] as number;
    }
    return trace;
  }

  #rehash(): void {
    const size = this.#buckets.length * 2;
    this.#use.add(this.#buckets.length * 4);
    const wanted = this.#id.slice();
    this.#buckets = new Int32Array(size).fill(NONE);
    for (let trace = this.#oldest; trace !== NONE; trace = this.newer(trace)) {
      const { i32 } = this.page(trace);
      const base = this.at(trace);
      for (let i = 0; i < 4; i++) this.#id[i] = i32[base + i] as number;
      const bucket = this.#bucket();
      i32[base + CHAIN] = this.#buckets[bucket] as number;
      this.#buckets[bucket] = trace;
    }
    this.#id.set(wanted);
  }
}
