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
const PASSES = 3;

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
  const places = new Uint32Array(RADIX * PASSES);
  countDigits(pairs.hashes, count, places);
  let from = pairs;
  let to = spare;
  for (let pass = 0; pass < PASSES; pass++) {
    const digits = places.subarray(pass * RADIX, (pass + 1) * RADIX);
    sumUp(digits);
    scatter(from, to, count, pass * BITS, digits);
    [from, to] = [to, from];
    await rest();
  }
  return from;
}

function countDigits(hashes: Uint32Array, count: number, places: Uint32Array): void {
  for (let i = 0; i < count; i++) {
    const hash = hashes[i] as number;
    const low = hash & (RADIX - 1);
    const middle = RADIX + ((hash >>> BITS) & (RADIX - 1));
    const high = 2 * RADIX + (hash >>> (2 * BITS));
    places[low] = (places[low] as number) + 1;
    places[middle] = (places[middle] as number) + 1;
    places[high] = (places[high] as number) + 1;
  }
}

/** Counts of digits become the places where each digit's pairs begin. */
function sumUp(digits: Uint32Array): void {
  let sum = 0;
  for (let digit = 0; digit < RADIX; digit++) {
    const size = digits[digit] as number;
    digits[digit] = sum;
    sum += size;
  }
}

function scatter(from: KeyPairs, to: KeyPairs, count: number, shift: number, places: Uint32Array): void {
  const { hashes, ordinals } = from;
  const { hashes: toHashes, ordinals: toOrdinals } = to;
  for (let i = 0; i < count; i++) {
    const hash = hashes[i] as number;
    const digit = (hash >>> shift) & (RADIX - 1);
    const place = places[digit] as number;
    places[digit] = place + 1;
    toHashes[place] = hash;
    toOrdinals[place] = ordinals[i] as number;
  }
}
