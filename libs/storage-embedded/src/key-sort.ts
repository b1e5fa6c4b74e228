/** Index keys with their ordinals: `hashes[i]` is a key of span `ordinals[i]`. */
export interface KeyPairs {
  hashes: Uint32Array;
  ordinals: Uint16Array;
}

export function pairsOf(count: number): KeyPairs {
  return { hashes: new Uint32Array(count), ordinals: new Uint16Array(count) };
}

const BITS = 11;
const RADIX = 1 << BITS;

/**
 * Sorts by hash with a stable radix sort, so pairs that come ordered by ordinal leave ordered by (hash, ordinal).
 * The result is `pairs` or `spare`, whichever the last pass wrote; both are overwritten.
 */
export async function sortPairs(
  pairs: KeyPairs,
  spare: KeyPairs,
  count: number,
  rest: () => Promise<void> | undefined,
): Promise<KeyPairs> {
  let from = pairs;
  let to = spare;
  for (let shift = 0; shift < 32; shift += BITS) {
    pass(from, to, count, shift);
    [from, to] = [to, from];
    await rest();
  }
  return from;
}

function pass(from: KeyPairs, to: KeyPairs, count: number, shift: number): void {
  const { hashes, ordinals } = from;
  const { hashes: toHashes, ordinals: toOrdinals } = to;
  const places = new Uint32Array(RADIX);
  for (let i = 0; i < count; i++) {
    const digit = ((hashes[i] as number) >>> shift) & (RADIX - 1);
    places[digit] = (places[digit] as number) + 1;
  }
  let sum = 0;
  for (let digit = 0; digit < RADIX; digit++) {
    const size = places[digit] as number;
    places[digit] = sum;
    sum += size;
  }
  for (let i = 0; i < count; i++) {
    const hash = hashes[i] as number;
    const digit = (hash >>> shift) & (RADIX - 1);
    const place = places[digit] as number;
    places[digit] = place + 1;
    toHashes[place] = hash;
    toOrdinals[place] = ordinals[i] as number;
  }
}
