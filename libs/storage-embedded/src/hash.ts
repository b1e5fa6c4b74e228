import { isUtf8 } from "node:buffer";
import { decodeUtf8 } from "@spoor/span-wire";

/** Seeds that keep the kinds of index keys apart. */
export const SEED = { service: 0x51ed, operation: 0x0b5e, tag: 0x7a6, tenant: 0x7e4a, trace: 0x1d } as const;

/** MurmurHash3 (32 bits) of `bytes[start, end)`. Not stable across releases unless the slices' format version changes with it. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0;
  let bits = 0;
  const length = end - start;
  const tail = start + (length & ~3);
  let at = start;
  for (; at < tail; at += 4) {
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    bits |= word;
    word = Math.imul(word, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (at < end) {
    let word = bytes[at] as number;
    if (at + 1 < end) word |= (bytes[at + 1] as number) << 8;
    if (at + 2 < end) word |= (bytes[at + 2] as number) << 16;
    bits |= word;
    word = Math.imul(word, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
  }
  hashedBits = bits;
  hash ^= length;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

/** All bits of the bytes that were hashed last. */
let hashedBits = 0;
/** Bits that no ASCII text has. */
const BEYOND_ASCII = 0x80808080 | 0;

/** The hash of the text that `bytes[start, end)` are shown as: where they are no UTF-8, as it is decoded. */
export function hashUtf8(bytes: Uint8Array, start: number, end: number, seed: number): number {
  const hash = hashBytes(bytes, start, end, seed);
  if ((hashedBits & BEYOND_ASCII) === 0 || isUtf8(bytes.subarray(start, end))) return hash;
  return hashText(decodeUtf8(bytes, start, end), seed);
}

const encoder = new TextEncoder();

export function hashText(text: string, seed: number): number {
  const bytes = encoder.encode(text);
  return hashBytes(bytes, 0, bytes.length, seed);
}

/** The index key of a tag: its key's hash seeds its value's. */
export function hashTag(key: string, value: string): number {
  return hashText(value, hashText(key, SEED.tag));
}

/** A hash of two, whose order counts. */
export function mixHashes(first: number, second: number): number {
  let mixed = Math.imul(first ^ (first >>> 15), 0x2c1b3c6d) ^ Math.imul(second, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
