import { randomBytes } from "node:crypto";
import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { ZstdCompressor, ZstdDecompressor } from "./zstd.ts";

const text = (length: number) => Buffer.from("GET /api/v1/customers ".repeat(Math.ceil(length / 22)).slice(0, length));
const frameOf = (row: Uint8Array) => new ZstdCompressor().compress(row, 0).subarray();

describe("compressing rows with one context", () => {
  it("gives a frame of its own for each row, which the runtime reads", () => {
    const compressor = new ZstdCompressor();
    for (const row of [text(10), randomBytes(5000), text(40_000), Buffer.alloc(0), text(3), randomBytes(70_000)]) {
      const framed = compressor.compress(row, 4);
      expect(zlib.zstdDecompressSync(framed.subarray(4)).equals(row)).toBe(true);
    }
  });

  it("takes rows that are too large to keep a context for", () => {
    const row = Buffer.concat([text(1_500_000), randomBytes(1_500_000)]);
    const compressor = new ZstdCompressor();
    expect(new ZstdDecompressor().decompress(compressor.compress(row, 4).subarray(4), row.length).equals(row)).toBe(
      true,
    );
    expect(zlib.zstdDecompressSync(compressor.compress(text(100), 4).subarray(4))).toEqual(text(100));
  });

  it("adds a checksum", () => {
    const frame = Buffer.from(frameOf(text(100)));
    frame[frame.length - 1] = (frame[frame.length - 1] as number) ^ 1;
    expect(() => zlib.zstdDecompressSync(frame)).toThrow();
  });
});

describe("decompressing rows with one context", () => {
  it("gives each row memory of its own", () => {
    const decompressor = new ZstdDecompressor();
    const rows = [text(100), randomBytes(30_000), text(32_768)];
    const read = rows.map((row) => decompressor.decompress(zlib.zstdCompressSync(row), row.length));
    expect(read.map((row, i) => row.equals(rows[i] as Buffer))).toEqual([true, true, true]);
  });

  it("refuses what is damaged or of another length, and reads the next", () => {
    const decompressor = new ZstdDecompressor();
    const row = randomBytes(3000);
    const frame = Buffer.from(frameOf(row));
    const damaged = Buffer.from(frame);
    damaged[frame.length - 1] = (damaged[frame.length - 1] as number) ^ 1;
    const bad: [Buffer, number][] = [
      [damaged, 3000],
      [frame.subarray(0, 1000), 3000],
      [frame, 2999],
      [frame, 3001],
      [frame, 0],
      [randomBytes(200), 3000],
      [Buffer.alloc(0), 3000],
    ];
    for (const [bytes, length] of bad) {
      expect(() => decompressor.decompress(bytes, length)).toThrow();
      expect(decompressor.decompress(frame, 3000).equals(row)).toBe(true);
    }
  });

  it("reads on after a frame whose checksum is cut off", () => {
    const decompressor = new ZstdDecompressor();
    const frame = Buffer.from(frameOf(text(500)));
    try {
      decompressor.decompress(frame.subarray(0, frame.length - 2), 500);
    } catch {
      // Whether it is told does not matter here.
    }
    expect(decompressor.decompress(frame, 500)).toEqual(text(500));
  });
});
