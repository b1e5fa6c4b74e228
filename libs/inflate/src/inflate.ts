import * as zlib from "node:zlib";
import { InflateError } from "./errors.ts";
import { decodeLz4Frames } from "./lz4.ts";
import { decodeSnappyFrames } from "./snappy.ts";

/** Encodings we inflate; `deflate` and `zlib` both mean the zlib format, as in HTTP. */
export type Encoding = "gzip" | "deflate" | "zlib" | "zstd" | "snappy" | "lz4";

/** Node before 22.15 has no zstd. */
const HAS_ZSTD = "zstdDecompress" in zlib;

/** The encoding of this name, or `undefined` when we cannot inflate it. Names are lower case. */
export function encodingOf(name: string): Encoding | undefined {
  switch (name) {
    case "gzip":
    case "deflate":
    case "zlib":
    case "snappy":
    case "lz4":
      return name;
    case "zstd":
      return HAS_ZSTD ? name : undefined;
    default:
      return undefined;
  }
}

/** Compressed bytes up to here are inflated at once; more go to a worker thread of the system's pool. */
const SYNC_BYTES = 64 * 1024;
/** A larger window is not needed for the bodies we take, and would be memory a sender commands. */
const ZSTD_WINDOW_LOG_MAX = 25;

/**
 * Inflates a whole body, never holding more than `maxBytes` (plus a chunk). Throws or rejects with {@link InflateError}, whose
 * message is what Go's decoder says. Small bodies come back directly, without a promise.
 */
export function inflate(encoding: Encoding, bytes: Uint8Array, maxBytes: number): Buffer | Promise<Buffer> {
  if (encoding === "snappy") return decodeSnappyFrames(bytes, maxBytes);
  if (encoding === "lz4") return decodeLz4Frames(bytes, maxBytes);
  const tooShort = shortage(encoding, bytes.length);
  if (tooShort !== undefined) throw new InflateError("CORRUPT", tooShort);
  const options = {
    maxOutputLength: maxBytes,
    chunkSize: chunkSize(encoding, bytes, maxBytes),
    ...(encoding === "zstd" && { params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } }),
  };
  if (bytes.length > SYNC_BYTES) return inflateInPool(encoding, bytes, options);
  try {
    if (encoding === "gzip") return zlib.gunzipSync(bytes, options);
    if (encoding === "zstd") return zlib.zstdDecompressSync(bytes, options);
    return zlib.inflateSync(bytes, options);
  } catch (cause) {
    throw inflateError(encoding, cause);
  }
}

function inflateInPool(
  encoding: Encoding,
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, result: Buffer): void => {
      if (error === null) resolve(result);
      else reject(inflateError(encoding, error));
    };
    if (encoding === "gzip") zlib.gunzip(bytes, options, done);
    else if (encoding === "zstd") zlib.zstdDecompress(bytes, options, done);
    else zlib.inflate(bytes, options, done);
  });
}

/** gzip ends with its inflated length: one output buffer of that size saves copies. Nobody is believed beyond a megabyte. */
function chunkSize(encoding: Encoding, bytes: Uint8Array, maxBytes: number): number {
  let hint = bytes.length * 4;
  if (encoding === "gzip")
    hint = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(bytes.length - 4) + 64;
  return Math.max(16 * 1024, Math.min(hint, maxBytes, 1024 * 1024));
}

function shortage(encoding: Encoding, length: number): string | undefined {
  if (length === 0) return "EOF";
  const header = encoding === "gzip" ? 10 : encoding === "zstd" ? 4 : 2;
  return length < header ? "unexpected EOF" : undefined;
}

function inflateError(encoding: Encoding, cause: unknown): InflateError {
  const { code, message } = cause as { code?: string; message?: string };
  if (code === "ERR_BUFFER_TOO_LARGE") return new InflateError("TOO_LARGE", "inflated body too large", { cause });
  return new InflateError("CORRUPT", goWords(encoding, code ?? "", message ?? ""), { cause });
}

function goWords(encoding: Encoding, code: string, message: string): string {
  if (encoding === "zstd") {
    if (/prefix/i.test(code) || /unknown frame/i.test(message)) return "invalid input: magic number mismatch";
    return code === "Z_BUF_ERROR" ? "unexpected EOF" : `zstd: ${message.toLowerCase()}`;
  }
  const format = encoding === "gzip" ? "gzip" : "zlib";
  if (code === "Z_BUF_ERROR") return "unexpected EOF";
  if (/incorrect header check|unknown compression method|invalid window size|header crc/.test(message)) {
    return `${format}: invalid header`;
  }
  if (/incorrect (data|length) check/.test(message)) return `${format}: invalid checksum`;
  return "flate: corrupt input";
}
