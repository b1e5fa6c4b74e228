import { viewOf } from "./numbers.ts";

const NO_VIEW = viewOf(new Uint8Array(0));
const SEED_C = 0x2f0b4c47;
const SEED_D = 0x7a1f9e35;
const FACTOR_A = 0x239b961b;
const FACTOR_B = 0xab0e9789 | 0;
const FACTOR_C = 0x38b34ae5;
const FACTOR_D = 0xa1e38b93 | 0;

/**
 * 64 bits that follow from content, four words at a time in the manner of MurmurHash3 (x86, 128 bits), for keys under which a span is
 * stored once. Whoever looks for two contents of one hash finds them; of their own spans they then lose one, and others' they would have to
 * know before they are stored.
 */
export class ContentHash {
  high = 0;
  low = 0;
  #bytes: Uint8Array | undefined;
  #view = NO_VIEW;

  reset(high: number, low: number): void {
    this.high = high | 0;
    this.low = low | 0;
  }

  add(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    // Spans of a batch share their bytes.
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = viewOf(bytes);
    }
    const view = this.#view;
    let a = this.high;
    let b = this.low;
    let c = a ^ SEED_C;
    let d = b ^ SEED_D;
    let at = start;
    for (const last = end - 15; at < last; at += 16) {
      a ^= scrambled(view.getInt32(at, true), FACTOR_A, FACTOR_B, 15);
      a = (Math.imul(((a << 19) | (a >>> 13)) + b, 5) + 0x561ccd1b) | 0;
      b ^= scrambled(view.getInt32(at + 4, true), FACTOR_B, FACTOR_C, 16);
      b = (Math.imul(((b << 17) | (b >>> 15)) + c, 5) + 0x0bcaa747) | 0;
      c ^= scrambled(view.getInt32(at + 8, true), FACTOR_C, FACTOR_D, 17);
      c = (Math.imul(((c << 15) | (c >>> 17)) + d, 5) + 0x96cd1c35) | 0;
      d ^= scrambled(view.getInt32(at + 12, true), FACTOR_D, FACTOR_A, 18);
      d = (Math.imul(((d << 13) | (d >>> 19)) + a, 5) + 0x32ac3b17) | 0;
    }
    for (const last = end - 3; at < last; at += 4) {
      a ^= scrambled(view.getInt32(at, true), FACTOR_A, FACTOR_B, 15);
      a = (Math.imul((a << 19) | (a >>> 13), 5) + b) | 0;
      b = (Math.imul((b << 17) | (b >>> 15), 5) + a) | 0;
    }
    for (; at < end; at++) {
      a = Math.imul(a ^ (bytes[at] as number), 0x01000193);
      b = Math.imul(b ^ (bytes[at] as number), 0x0100010f);
    }
    a = (a + c) ^ (end - start);
    b = (b + d) ^ (end - start);
    this.high = mixed(a + Math.imul(b, FACTOR_A));
    this.low = mixed(b ^ this.high);
  }
}

/** Of bytes in a view: for tables in memory only. */
export function hashOfView(view: DataView, start: number, end: number, seed: number): number {
  let hash = seed;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  return mixed(hash);
}

function scrambled(word: number, factor: number, other: number, turn: number): number {
  const product = Math.imul(word, factor);
  return Math.imul((product << turn) | (product >>> (32 - turn)), other);
}

function mixed(given: number): number {
  let hash = given;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
