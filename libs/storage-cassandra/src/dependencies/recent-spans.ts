const GENERATION = 200_000;
const TWO_32 = 4_294_967_296;
const HIGH_BITS = 0x1fffff;

/** Spans that were stored not long ago, by their hash, so that one that is written again is known. Two generations bound the memory. */
export class RecentSpans {
  readonly #generation: number;
  #recent = new Set<number>();
  #older = new Set<number>();

  constructor(generation: number = GENERATION) {
    this.#generation = generation;
  }

  /** False when it is there already. */
  add(hashHigh: number, hashLow: number): boolean {
    const key = (hashHigh & HIGH_BITS) * TWO_32 + (hashLow >>> 0);
    if (this.#recent.has(key) || this.#older.has(key)) return false;
    this.#recent.add(key);
    if (this.#recent.size >= this.#generation) {
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    return true;
  }
}
