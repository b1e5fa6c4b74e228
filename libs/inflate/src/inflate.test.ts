import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InflateError } from "./errors.ts";
import { type Encoding, encodingOf, inflate } from "./inflate.ts";

interface Sample {
  readonly sha: string;
  readonly length: number;
  readonly snappy: string;
  readonly lz4: string;
  readonly lz4blocks: string;
}

const { samples } = JSON.parse(readFileSync(new URL("./fixtures/compressed.json", import.meta.url), "utf8")) as {
  samples: Record<string, Sample>;
};
const MAX = 1 << 20;
const TEXT = Buffer.from("spans stay bytes; ".repeat(1000));
const ENCODERS: readonly (readonly [Encoding, (bytes: Uint8Array) => Buffer])[] = [
  ["gzip", zlib.gzipSync],
  ["deflate", zlib.deflateSync],
  ["zlib", zlib.deflateSync],
  ["zstd", zlib.zstdCompressSync],
];
const ENCODINGS: readonly Encoding[] = ["gzip", "deflate", "zlib", "zstd", "snappy", "lz4"];

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("inflate", () => {
  test.each(ENCODERS)("%s comes back", async (encoding, encode) => {
    expect((await inflate(encoding, encode(TEXT), MAX)).equals(TEXT)).toBe(true);
  });

  test.each(ENCODERS)("%s comes back through the thread pool too", async (encoding, encode) => {
    const noise = Buffer.alloc(100_000);
    for (let i = 0, seed = 1; i < noise.length; i++) {
      seed = (seed * 48_271) % 2_147_483_647;
      noise[i] = seed;
    }
    expect((await inflate(encoding, encode(noise), MAX)).equals(noise)).toBe(true);
  });

  test.each(Object.entries(samples))("snappy and lz4 of other programs come back: %s", async (_, sample) => {
    for (const [encoding, base64] of [
      ["snappy", sample.snappy],
      ["lz4", sample.lz4],
      ["lz4", sample.lz4blocks],
    ] as const) {
      const bytes = await inflate(encoding, Buffer.from(base64, "base64"), MAX);
      expect([bytes.length, sha(bytes)]).toEqual([sample.length, sample.sha]);
    }
  });

  test.each(ENCODERS)("a bomb of %s stops at the limit", async (encoding, encode) => {
    const bomb = encode(Buffer.alloc(8 * MAX));
    await expect((async () => inflate(encoding, bomb, MAX))()).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  test.each([
    ["snappy", samples.long?.snappy],
    ["lz4", samples.long?.lz4],
  ] as const)("a body of %s stops at the limit", (encoding, base64) => {
    const bytes = Buffer.from(base64 ?? "", "base64");
    expect(() => inflate(encoding, bytes, 70_000)).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
  });

  test.each([
    ["gzip", "not gzip", "unexpected EOF"],
    ["gzip", "not gzip at all", "gzip: invalid header"],
    ["gzip", "", "EOF"],
    ["deflate", "nope", "zlib: invalid header"],
    ["zstd", "nope", "invalid input: magic number mismatch"],
    ["snappy", "nope", "snappy: corrupt input"],
    ["lz4", "nope", "lz4: bad magic number"],
  ] as const)("%s refuses %j in Go's words", (encoding, text, message) => {
    expect(() => inflate(encoding, Buffer.from(text), MAX)).toThrow(expect.objectContaining({ message }));
  });

  test.each(ENCODERS)("a cut body of %s is an unexpected end", (encoding, encode) => {
    const bytes = encode(TEXT);
    expect(() => inflate(encoding, bytes.subarray(0, bytes.length - 12), MAX)).toThrow("unexpected EOF");
  });

  test("damaged bodies end in InflateError or in bytes within the limit", async () => {
    const seeds: Record<Encoding, Buffer> = {
      gzip: zlib.gzipSync(TEXT),
      deflate: zlib.deflateSync(TEXT),
      zlib: zlib.deflateSync(TEXT),
      zstd: zlib.zstdCompressSync(TEXT),
      snappy: Buffer.from(samples.long?.snappy ?? "", "base64"),
      lz4: Buffer.from(samples.long?.lz4 ?? "", "base64"),
    };
    const damage = fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ENCODINGS), damage, fc.nat(5000), async (encoding, edits, end) => {
        const bytes = Buffer.from(seeds[encoding]);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        const cut = bytes.subarray(0, end % 3 === 0 ? end % bytes.length : bytes.length);
        try {
          expect((await inflate(encoding, cut, 100_000)).length).toBeLessThanOrEqual(100_000);
        } catch (error) {
          expect(error).toBeInstanceOf(InflateError);
        }
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  test("names are exact", () => {
    expect(ENCODINGS.map(encodingOf)).toEqual(ENCODINGS);
    for (const name of ["GZIP", "identity", "br", "", "x-gzip", "__proto__"]) expect(encodingOf(name)).toBeUndefined();
  });
});
