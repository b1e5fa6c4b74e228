/** A seeded generator of random values (mulberry32): the same seed gives the same run on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An unsigned 32-bit integer. */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer in [min, max]. */
  between(min: number, max: number): number {
    return min + Math.floor((this.uint32() / 4294967296) * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.uint32() / 4294967296 < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("nothing to pick from");
    return list[this.between(0, list.length - 1)] as T;
  }

  /** `digits` lower-case hex digits, not all zero. */
  hex(digits: number): string {
    let text = "";
    while (text.length < digits) text += this.uint32().toString(16).padStart(8, "0");
    text = text.slice(0, digits);
    return /^0+$/.test(text) ? "1".padStart(digits, "0") : text;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.between(0, 255));
  }

  /** A copy in random order. */
  shuffle<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.between(0, i);
      const taken = copy[i] as T;
      copy[i] = copy[j] as T;
      copy[j] = taken;
    }
    return copy;
  }
}
