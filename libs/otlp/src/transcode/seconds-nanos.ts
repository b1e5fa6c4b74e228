import { putVarint } from "./bytes.ts";

/**
 * Writes a Timestamp or Duration field, `seconds=1 nanos=2`, of the given tag byte; gives the position behind it.
 * There must be room for 24 bytes.
 */
export function putSecondsNanos(dst: Uint8Array, at: number, fieldTag: number, seconds: number, nanos: number): number {
  let p = at + 2;
  if (seconds !== 0) {
    dst[p++] = 0x08;
    p = putInt64(dst, p, seconds);
  }
  if (nanos !== 0) {
    dst[p++] = 0x10;
    p = nanos > 0 ? putVarint(dst, p, nanos) : putInt64(dst, p, nanos);
  }
  dst[at] = fieldTag;
  dst[at + 1] = p - at - 2;
  return p;
}

/** A varint of a safe integer in two's complement of 64 bits. */
function putInt64(dst: Uint8Array, at: number, value: number): number {
  let p = at;
  let low = value >>> 0;
  let high = Math.floor(value / 4294967296) >>> 0;
  while (high !== 0) {
    dst[p++] = (low & 127) | 128;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  return putVarint(dst, p, low);
}
