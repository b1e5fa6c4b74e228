import type { MemoryUse } from "./memory-use.ts";

const PAGE_BITS = 12;
const PAGE_RECORDS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_RECORDS - 1;
const FIRST_RECORDS = 64;

/** Two views of the same memory. */
export interface RecordPage {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
}

/** Stands for "no record". */
export const NONE = -1;

/**
 * Records of a fixed number of 32-bit words, numbered, in pages of typed arrays: a million records are a few hundred
 * objects for the garbage collector. The first page grows, so that a small table is small; pages are never given back.
 */
export class RecordTable {
  /** Words a record; even, so that doubles are aligned. */
  readonly words: number;
  readonly #use: MemoryUse;
  readonly #pages: RecordPage[] = [];
  #capacity = 0;
  #created = 0;
  /** The first free record; the last word of a free record names the next. */
  #free = NONE;
  /** Records in use. */
  count = 0;

  constructor(words: number, use: MemoryUse) {
    this.words = words;
    this.#use = use;
  }

  /** A record with old contents in it. */
  allocate(): number {
    this.count++;
    const recycled = this.#free;
    if (recycled !== NONE) {
      this.#free = this.page(recycled).i32[this.at(recycled) + this.words - 1] as number;
      return recycled;
    }
    if (this.#created === this.#capacity) this.#grow();
    return this.#created++;
  }

  release(record: number): void {
    this.count--;
    this.page(record).i32[this.at(record) + this.words - 1] = this.#free;
    this.#free = record;
  }

  page(record: number): RecordPage {
    return this.#pages[record >>> PAGE_BITS] as RecordPage;
  }

  /** Where the record begins in `page(record).i32`; half of it in `f64`. */
  at(record: number): number {
    return (record & PAGE_MASK) * this.words;
  }

  #grow(): void {
    const last = this.#pages.at(-1);
    const records = last === undefined ? FIRST_RECORDS : last.i32.length / this.words;
    if (last !== undefined && records < PAGE_RECORDS) {
      const grown = newPage(records * 2 * this.words);
      grown.i32.set(last.i32);
      this.#pages[this.#pages.length - 1] = grown;
      this.#capacity += records;
      this.#use.add(records * this.words * 4);
      return;
    }
    const size = last === undefined ? FIRST_RECORDS : PAGE_RECORDS;
    this.#pages.push(newPage(size * this.words));
    this.#capacity += size;
    this.#use.add(size * this.words * 4);
  }
}

function newPage(words: number): RecordPage {
  const memory = new ArrayBuffer(words * 4);
  return { i32: new Int32Array(memory), f64: new Float64Array(memory) };
}
