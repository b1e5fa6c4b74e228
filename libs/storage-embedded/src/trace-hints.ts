const BITS_PER_TRACE = 8;

/** One bit for each trace of a block, by its hash: tells in one look that a trace is not there, seven times in eight. */
export class TraceHints {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  constructor(traceCount: number) {
    let size = 32;
    while (size < traceCount * BITS_PER_TRACE) size *= 2;
    this.#bits = new Uint32Array(size / 32);
    this.#mask = size - 1;
  }

  get bytes(): number {
    return this.#bits.byteLength;
  }

  add(hash: number): void {
    const bit = hash & this.#mask;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] as number) | (1 << (bit & 31));
  }

  mayHave(hash: number): boolean {
    const bit = hash & this.#mask;
    return ((this.#bits[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
  }
}
