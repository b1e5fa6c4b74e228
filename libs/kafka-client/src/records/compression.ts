import * as zlib from "node:zlib";
import { KafkaError } from "../errors.ts";

/** v1's names. */
export const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type Compression = (typeof COMPRESSIONS)[number];
export type CompressionCodec = Exclude<Compression, "none">;

/** Low bits of a batch's attributes. */
export const COMPRESSION_ATTRIBUTES: Readonly<Record<CompressionCodec, number>> = {
  gzip: 1,
  snappy: 2,
  lz4: 3,
  zstd: 4,
};

/** Levels that v1 takes, and those it uses when none is given. */
export const COMPRESSION_LEVELS: Readonly<
  Partial<Record<Compression, { readonly min: number; readonly max: number; readonly default: number }>>
> = {
  gzip: { min: 1, max: 9, default: 6 },
  lz4: { min: 1, max: 17, default: 9 },
  zstd: { min: -131_072, max: 22, default: 3 },
};

/** As many bytes are compressed at once, in less than a millisecond; a way through the thread pool costs more than that. */
const SYNC_BYTES = 128 * 1024;

export type Compress = (bytes: Uint8Array) => Promise<Uint8Array>;

/**
 * Something that compresses with `codec`. `level` 0 is v1's default; snappy has no levels, and lz4's fast form, which is all that is
 * used here, neither. What takes long is done in the system's thread pool.
 */
export async function createCompress(codec: CompressionCodec, level: number): Promise<Compress> {
  const levels = COMPRESSION_LEVELS[codec];
  if (levels !== undefined && level !== 0 && (level < levels.min || level > levels.max)) {
    throw new KafkaError(
      "UNSUPPORTED",
      `compression level ${level} of ${codec} is not between ${levels.min} and ${levels.max}`,
    );
  }
  const chosen = level === 0 ? (levels?.default ?? 0) : level;
  switch (codec) {
    case "gzip":
      return (bytes) => zipped((done) => zlib.gzip(bytes, { level: chosen }, done));
    case "zstd": {
      if (!("zstdCompress" in zlib)) {
        throw new KafkaError("UNSUPPORTED", `zstd needs Node 22.15 or later; this is ${process.versions.node}`);
      }
      const options = { params: { [zlib.constants.ZSTD_c_compressionLevel]: chosen } };
      return async (bytes) =>
        bytes.length <= SYNC_BYTES
          ? zlib.zstdCompressSync(bytes, options)
          : zipped((done) => zlib.zstdCompress(bytes, options, done));
    }
    case "snappy": {
      const { compress, compressSync } = await import("snappy");
      return async (bytes) => (bytes.length <= SYNC_BYTES ? compressSync(bytes) : compress(bytes));
    }
    case "lz4": {
      const { compressFrame, compressFrameSync } = await import("lz4-napi");
      return async (bytes) =>
        bytes.length <= SYNC_BYTES
          ? compressFrameSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
          : compressFrame(bytes);
    }
  }
}

function zipped(start: (done: (error: Error | null, result: Buffer) => void) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
