import { InflateError } from "./errors.ts";
import { copyWithin } from "./snappy.ts";

/*
 * LZ4 frame: magic 04 22 4d 18, FLG, BD, [content size 8], [dictionary id 4], header checksum 1; then blocks: size (4 bytes,
 * little-endian, top bit: stored plain), content, [checksum 4]; size 0 ends them; [content checksum 4]. Frames follow one
 * another; magic 5x 2a 4d 18 is a skippable one. Checksums are not compared: the transports below have their own.
 */
const MAGIC = 0x184d2204;
const WINDOW_BYTES = 65536;

/** Inflates LZ4 frames. */
export function decodeLz4Frames(bytes: Uint8Array, maxBytes: number): Buffer {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Output(maxBytes);
  let at = 0;
  if (source.length === 0) throw corrupt("EOF");
  while (at < source.length) {
    if (source.length - at < 4) throw corrupt("lz4: bad magic number");
    const magic = source.readUInt32LE(at);
    if (magic >>> 4 === 0x184d2a5) {
      if (source.length - at < 8) throw corrupt("unexpected EOF");
      at += 8 + source.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== MAGIC) throw corrupt("lz4: bad magic number");
    at = decodeFrame(source, at + 4, out);
  }
  return out.finish();
}

function decodeFrame(source: Buffer, start: number, out: Output): number {
  const flags = source[start];
  if (flags === undefined) throw corrupt("unexpected EOF");
  if (flags >>> 6 !== 1) throw corrupt("lz4: invalid frame version");
  const blockChecksum = (flags & 16) !== 0;
  const contentChecksum = (flags & 4) !== 0;
  let at = start + 3 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0);
  const frameStart = out.length;
  for (;;) {
    if (source.length - at < 4) throw corrupt("unexpected EOF");
    const word = source.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    if (size > source.length - at) throw corrupt("unexpected EOF");
    if (word >>> 31 === 1) out.literal(source, at, at + size);
    // Linked blocks may look back into those before them.
    else decodeBlock(source, at, at + size, out, (flags & 32) !== 0 ? out.length : frameStart);
    at += size + (blockChecksum ? 4 : 0);
  }
  return at + (contentChecksum ? 4 : 0);
}

function decodeBlock(source: Buffer, start: number, end: number, out: Output, floor: number): void {
  let at = start;
  const length = (nibble: number): number => {
    let value = nibble;
    if (nibble !== 15) return value;
    for (;;) {
      const byte = at < end ? (source[at++] as number) : undefined;
      if (byte === undefined) throw corrupt("lz4: invalid source or destination buffer too short");
      value += byte;
      if (byte !== 255) return value;
    }
  };
  while (at < end) {
    const token = source[at++] as number;
    const literals = length(token >>> 4);
    if (literals > end - at) throw corrupt("lz4: invalid source or destination buffer too short");
    out.literal(source, at, at + literals);
    at += literals;
    if (at === end) return;
    if (end - at < 2) throw corrupt("lz4: invalid source or destination buffer too short");
    const offset = source.readUInt16LE(at);
    at += 2;
    const match = length(token & 15) + 4;
    if (offset === 0 || offset > Math.min(WINDOW_BYTES, out.length - floor)) {
      throw corrupt("lz4: invalid source or destination buffer too short");
    }
    out.match(offset, match);
  }
}

/** A growing buffer with a bound. */
class Output {
  readonly #maxBytes: number;
  #buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  literal(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    source.copy(this.#buffer, this.length, start, end);
    this.length += end - start;
  }

  match(offset: number, length: number): void {
    this.#reserve(length);
    copyWithin(this.#buffer, this.length, offset, length);
    this.length += length;
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }

  #reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed > this.#maxBytes) throw new InflateError("TOO_LARGE", "inflated body too large");
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.max(needed, this.#buffer.length * 2)));
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
  }
}

function corrupt(message: string): InflateError {
  return new InflateError("CORRUPT", message);
}
