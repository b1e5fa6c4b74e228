import type { Workload, WorkloadBatch } from "./workload.ts";

const ZEROS = 0x00000000;
const ONES = 0xffffffff;

/**
 * An encoded batch of which every copy has ids of its own. Encoding a batch for each request would cost the client more than
 * the server; so a batch is encoded with two nonces, the bytes that differ are its ids, and a copy gets a new nonce there.
 */
export class PayloadTemplate {
  readonly #bytes: Buffer;
  readonly #offsets: readonly number[];
  readonly #width: 4 | 8;

  /** `makeWorkload` gives the same batch for each nonce but for the ids. */
  constructor(makeWorkload: (nonce: number) => Workload, index: number, encode: (batch: WorkloadBatch) => Buffer) {
    this.#bytes = encode(makeWorkload(ZEROS).next(index));
    const other = encode(makeWorkload(ONES).next(index));
    if (other.length !== this.#bytes.length) throw new Error("the encoding of ids has no fixed width");
    const offsets: number[] = [];
    for (let i = 0; i < other.length; i++) {
      if (this.#bytes[i] === other[i]) continue;
      offsets.push(i);
      while (i < other.length && this.#bytes[i] !== other[i]) i++;
    }
    const first = offsets[0] ?? 0;
    this.#width = this.#bytes[first] === 0x30 ? 8 : 4;
    this.#offsets = offsets;
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** A copy whose ids end in `nonce` (32 bits): raw in binary encodings, hex in text. */
  stamp(nonce: number): Buffer {
    const copy = Buffer.from(this.#bytes);
    if (this.#width === 4) for (const offset of this.#offsets) copy.writeUInt32BE(nonce, offset);
    else {
      const digits = nonce.toString(16).padStart(8, "0");
      for (const offset of this.#offsets) copy.write(digits, offset, 8, "latin1");
    }
    return copy;
  }
}
