import { InflateError } from "./errors.ts";

/*
 * Snappy framing format: chunks of type (1 byte), length (3 bytes, little-endian), content.
 *   0xff stream identifier "sNaPpY"; 0x00 compressed and 0x01 plain data, each behind a masked CRC-32C (4 bytes);
 *   0x80..0xfe to be skipped; 0x02..0x7f unknown, an error.
 * A block is a varint of its inflated length, then elements; the low two bits of an element's first byte say which:
 *   00 literal, 01 copy with an 11-bit offset, 10 with a 16-bit one, 11 with a 32-bit one.
 */
const MAX_BLOCK_BYTES = 65536;
const IDENTIFIER = Buffer.from("sNaPpY", "latin1");

/** Inflates a snappy stream. The checksums are not compared: the transports below have their own. */
export function decodeSnappyFrames(bytes: Uint8Array, maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  let total = 0;
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 4) throw corrupt();
    const type = bytes[at] as number;
    const length = (bytes[at + 1] as number) | ((bytes[at + 2] as number) << 8) | ((bytes[at + 3] as number) << 16);
    const start = at + 4;
    if (at === 0 && type !== 0xff) throw corrupt();
    if (length > bytes.length - start) throw corrupt();
    at = start + length;
    if (type === 0xff) {
      if (!IDENTIFIER.equals(bytes.subarray(start, at))) throw corrupt();
      continue;
    }
    if (type >= 0x80) continue;
    if (type > 1 || length < 4) throw corrupt();
    const content = bytes.subarray(start + 4, at);
    const part =
      type === 1 ? Buffer.from(content) : decodeSnappyBlock(content, Math.min(MAX_BLOCK_BYTES, maxBytes - total));
    total += part.length;
    if (part.length > MAX_BLOCK_BYTES) throw corrupt();
    if (total > maxBytes) throw new InflateError("TOO_LARGE", "inflated body too large");
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, total);
}

/** Inflates one snappy block of at most `maxBytes` inflated bytes. */
export function decodeSnappyBlock(bytes: Uint8Array, maxBytes: number): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw corrupt();
    size += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  if (size > maxBytes) throw new InflateError("TOO_LARGE", "inflated body too large");
  // 64 bytes is the most that three bytes of input can stand for.
  if (size > bytes.length * 32) throw corrupt();
  const out = Buffer.allocUnsafeSlow(size);
  let written = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] as number;
    if ((tag & 3) === 0) {
      let length = tag >>> 2;
      if (length >= 60) {
        const extra = length - 59;
        if (extra > bytes.length - at) throw corrupt();
        length = littleEndian(bytes, at, extra);
        at += extra;
      }
      length++;
      if (length > bytes.length - at || length > size - written) throw corrupt();
      out.set(bytes.subarray(at, at + length), written);
      at += length;
      written += length;
      continue;
    }
    const kind = tag & 3;
    const offsetBytes = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    if (offsetBytes > bytes.length - at) throw corrupt();
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = littleEndian(bytes, at, offsetBytes) + (kind === 1 ? (tag >>> 5) * 256 : 0);
    at += offsetBytes;
    if (offset === 0 || offset > written || length > size - written) throw corrupt();
    copyWithin(out, written, offset, length);
    written += length;
  }
  if (written !== size) throw corrupt();
  return out;
}

/** Repeats what stands `offset` back; source and target may overlap, then the pattern repeats. */
export function copyWithin(out: Buffer, written: number, offset: number, length: number): void {
  if (offset >= length) {
    out.copyWithin(written, written - offset, written - offset + length);
    return;
  }
  for (let i = 0; i < length; i++) out[written + i] = out[written - offset + i] as number;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value += (bytes[at + i] as number) * 2 ** (8 * i);
  return value;
}

function corrupt(): InflateError {
  return new InflateError("CORRUPT", "snappy: corrupt input");
}
