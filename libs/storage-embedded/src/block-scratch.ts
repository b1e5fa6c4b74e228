import { type KeyPairs, pairsOf } from "./key-sort.ts";
import { ZstdCompressor } from "./zstd.ts";

const MAX_KEPT_ROW_BYTES = 1024 * 1024;
const CHECKSUM_BYTES = 4;
const LENGTH_BYTES = 4;

/** Memory that writing a block needs for a moment and the next block needs again: left to the collector it would be a gigabyte per million spans. */
export class BlockScratch {
  readonly #zstd = new ZstdCompressor();
  #pairs: KeyPairs = pairsOf(0);
  #spare: KeyPairs = pairsOf(0);
  #row = Buffer.from(new ArrayBuffer(64 * 1024));

  /** Two areas of more than `count` pairs. */
  pairs(count: number): { readonly pairs: KeyPairs; readonly spare: KeyPairs } {
    if (this.#pairs.hashes.length <= count) {
      const size = Math.ceil((count * 5) / 4) + 1;
      this.#pairs = pairsOf(size);
      this.#spare = pairsOf(size);
    }
    return { pairs: this.#pairs, spare: this.#spare };
  }

  /**
   * A row of this length, at the start of its memory and with room for a checksum behind it, for use until the next is asked for. Its
   * content is whatever was there.
   */
  row(length: number): Buffer {
    const needed = length + CHECKSUM_BYTES;
    if (needed > MAX_KEPT_ROW_BYTES) return Buffer.from(new ArrayBuffer(needed)).subarray(0, length);
    if (needed > this.#row.length) this.#row = Buffer.from(new ArrayBuffer(needed * 2));
    return this.#row.subarray(0, length);
  }

  /** The row as a length and a frame; valid until the next call. */
  compressed(row: Uint8Array): Uint8Array {
    const framed = this.#zstd.compress(row, LENGTH_BYTES);
    framed.writeUInt32LE(row.length, 0);
    return framed;
  }
}
