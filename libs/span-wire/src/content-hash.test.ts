import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ContentHash } from "./content-hash.ts";

const hash = new ContentHash();

function hashOf(bytes: Uint8Array, start: number = 0, end: number = bytes.length): string {
  hash.reset(1, 2);
  hash.add(bytes, start, end);
  return `${hash.high >>> 0}/${hash.low >>> 0}`;
}

describe("the hash of content", () => {
  it("is the same wherever the bytes stand, and another with one bit changed", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 90 }),
        fc.nat(),
        fc.nat(7),
        fc.nat(9),
        (bytes, n, bit, gap) => {
          const moved = new Uint8Array(bytes.length + gap + 3).fill(7);
          moved.set(bytes, gap);
          const expected = hashOf(bytes);
          expect(hashOf(moved, gap, gap + bytes.length)).toBe(expected);
          const changed = bytes.slice();
          changed[n % bytes.length] = (changed[n % bytes.length] as number) ^ (1 << bit);
          expect(hashOf(changed)).not.toBe(expected);
        },
      ),
    );
  });

  it("tells contents apart that differ in little: numbers, lengths, the order of words", () => {
    const seen = new Set<string>();
    const highs = new Set<string>();
    let contents = 0;
    const note = (bytes: Uint8Array) => {
      const text = hashOf(bytes);
      seen.add(text);
      highs.add(text.split("/")[0] as string);
      contents++;
    };
    const bytes = Buffer.alloc(600);
    for (let i = 0; i < 30_000; i++) {
      bytes.writeUInt32LE(i, (i % 148) * 4);
      note(bytes);
    }
    for (let length = 0; length < 200; length++) note(new Uint8Array(length));
    for (let word = 0; word < 148; word++) {
      const one = Buffer.alloc(599);
      one.writeUInt32LE(0x80000000, word * 4);
      note(one);
    }
    expect(seen.size).toBe(contents);
    // Of 30,000 random numbers of 32 bits some 0.1 are expected to come twice.
    expect(highs.size).toBeGreaterThan(contents - 10);
  });

  it("depends on what was added before", () => {
    const two = (a: string, b: string) => {
      hash.reset(1, 2);
      hash.add(Buffer.from(a));
      hash.add(Buffer.from(b));
      return `${hash.high}/${hash.low}`;
    };
    expect(new Set([two("a", "b"), two("b", "a"), two("ab", ""), two("", "ab")]).size).toBe(4);
  });
});
