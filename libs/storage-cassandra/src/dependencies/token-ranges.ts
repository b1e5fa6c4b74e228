const FIRST = -(2n ** 63n);
const LAST = 2n ** 63n - 1n;

/** Tokens of partitions, Murmur3: above `after`, up to `last`. */
export interface TokenRange {
  readonly after: bigint;
  readonly last: bigint;
}

/** The whole ring, the lowest token excepted, which no partition has. */
export const RING: TokenRange = { after: FIRST, last: LAST };

/** `range` in at most `count` parts of nearly one size, in order. */
export function splitRange({ after, last }: TokenRange, count: number): readonly TokenRange[] {
  const width = last - after;
  const parts = width < BigInt(count) ? Number(width) : count;
  const border = (i: number) => after + (width * BigInt(i)) / BigInt(parts);
  return Array.from({ length: parts }, (_, i) => ({ after: border(i), last: border(i + 1) }));
}
