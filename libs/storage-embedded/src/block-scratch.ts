import { type KeyPairs, pairsOf } from "./key-sort.ts";

const MAX_KEPT_ROW_BYTES = 1024 * 1024;

/** Memory that writing a block needs for a moment and the next block needs again: left to the collector it would be a gigabyte per million spans. */
export class BlockScratch {
  #pairs: KeyPairs = pairsOf(0);
  #spare: KeyPairs = pairsOf(0);
  #row = Buffer.from(new ArrayBuffer(32 * 1024));

  /** Two areas of at least `count` pairs. */
  pairs(count: number): { readonly pairs: KeyPairs; readonly spare: KeyPairs } {
    if (this.#pairs.hashes.length < count) {
      const size = Math.ceil((count * 5) / 4);
      this.#pairs = pairsOf(size);
      this.#spare = pairsOf(size);
    }
    return { pairs: this.#pairs, spare: this.#spare };
  }

  /** A row of this length, at the start of its memory, for use until the next is asked for. Its content is whatever was there. */
  row(length: number): Buffer {
    if (length > MAX_KEPT_ROW_BYTES) return Buffer.from(new ArrayBuffer(length));
    if (length > this.#row.length) this.#row = Buffer.from(new ArrayBuffer(length * 2));
    return this.#row.subarray(0, length);
  }
}
