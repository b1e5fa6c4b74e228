import { BITMAP_WORDS } from "./block-format.ts";

const NOTHING = new Uint16Array(0);

/** The spans of a block that have an index key: ascending ordinals, as a list or as a bitmap of 65,536 bits. */
export class Posting {
  static readonly EMPTY: Posting = new Posting(0, NOTHING, undefined);
  readonly count: number;
  readonly #list: Uint16Array;
  readonly #bits: Uint16Array | undefined;

  constructor(count: number, list: Uint16Array, bits: Uint16Array | undefined) {
    this.count = count;
    this.#list = list;
    this.#bits = bits;
  }

  has(ordinal: number): boolean {
    if (this.#bits !== undefined) return ((this.#bits[ordinal >>> 4] as number) & (1 << (ordinal & 15))) !== 0;
    const at = this.#search(ordinal);
    return this.#list[at] === ordinal;
  }

  /** The smallest ordinal at or above `from`; -1 when there is none. */
  next(from: number): number {
    const bits = this.#bits;
    if (bits === undefined) return this.#list[this.#search(from)] ?? -1;
    for (let word = from >>> 4; word < BITMAP_WORDS; word++) {
      let rest = bits[word] as number;
      if (word === from >>> 4) rest &= 0xffff << (from & 15);
      if (rest !== 0) return word * 16 + 31 - Math.clz32(rest & -rest);
    }
    return -1;
  }

  /** Where `ordinal` is in the list or would be. */
  #search(ordinal: number): number {
    const list = this.#list;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle] as number) < ordinal) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
