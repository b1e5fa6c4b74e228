import { randomInt } from "node:crypto";
import { ContentHash } from "@spoor/span-wire";

/** Powers of two: how many operations there is room for, and how many places each may have among them. */
const SLOTS = 8192;
const WAYS = 4;
const SEEDS = 2 ** 31;

/**
 * Operations as spans name them, in bytes, which need not become text to be recognised: by 64 bits of a hash, whose seed nobody outside
 * knows, in columns, so that a look-up is a look at one place in memory. Of two operations with one hash the second would not be known as new.
 */
export class OperationTable {
  readonly #hashes = new Int32Array(SLOTS * 2);
  readonly #storedAtMs = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  readonly #hash = new ContentHash();
  readonly #seed = randomInt(SEEDS);
  /** The index and service asked for last, as most spans of a batch have, and their hash. */
  #index = "";
  #serviceName = "";
  #high = 0;
  #low = 0;
  /** The first of the slots that the operation may have. */
  #place = 0;

  /** Goes to the operation named `bytes[start, end)`, of which {@link storedAtMs} and {@link remember} then speak. */
  locate(index: string, serviceName: string, bytes: Uint8Array, start: number, end: number, spanKind: string): void {
    const hash = this.#hash;
    if (serviceName !== this.#serviceName || index !== this.#index) {
      this.#index = index;
      this.#serviceName = serviceName;
      hash.reset(this.#seed, index.length);
      hash.add(Buffer.from(index + serviceName));
      this.#high = hash.high;
      this.#low = hash.low;
    }
    let high = this.#high;
    for (let i = 0; i < spanKind.length; i++) high = Math.imul(high ^ spanKind.charCodeAt(i), 0x01000193);
    hash.reset(high, this.#low);
    hash.add(bytes, start, end);
    this.#place = (hash.high >>> 16) & (SLOTS - WAYS);
  }

  /** When its document was stored, milliseconds since the epoch; -Infinity if that is not known. */
  get storedAtMs(): number {
    const { high, low } = this.#hash;
    const hashes = this.#hashes;
    for (let i = this.#place; i < this.#place + WAYS; i++) {
      if (hashes[2 * i] === high && hashes[2 * i + 1] === low) return this.#storedAtMs[i] as number;
    }
    return Number.NEGATIVE_INFINITY;
  }

  remember(storedAtMs: number): void {
    const place = this.#place;
    // The latest comes first, the oldest goes.
    this.#hashes.copyWithin(2 * place + 2, 2 * place, 2 * (place + WAYS - 1));
    this.#storedAtMs.copyWithin(place + 1, place, place + WAYS - 1);
    this.#hashes[2 * place] = this.#hash.high;
    this.#hashes[2 * place + 1] = this.#hash.low;
    this.#storedAtMs[place] = storedAtMs;
  }

  clear(): void {
    this.#storedAtMs.fill(Number.NEGATIVE_INFINITY);
  }
}
