/** Seeds that keep the kinds of index keys apart. */
export const SEED = { service: 0x51ed, operation: 0x0b5e, tag: 0x7a6, tenant: 0x7e4a, trace: 0x1d } as const;

/** MurmurHash3 (32 bits) of `bytes[start, end)`. Not stable across releases unless the slices' format version changes with it. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0;
  const length = end - start;
  const tail = start + (length & ~3);
  let at = start;
  for (; at < tail; at += 4) {
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
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
    word = Math.imul(word, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
  }
  hash ^= length;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
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
