import * as nodeBuffer from "node:buffer";
import type { ByteCopier, WireWriter } from "@spoor/span-wire";

/** Copies `[from, to)` of `bytes`, the copier's source, to `at` in the buffer of `out`; tells whether it is valid UTF-8. */
export function copyText(
  copier: ByteCopier,
  bytes: Uint8Array,
  from: number,
  to: number,
  out: WireWriter,
  at: number,
): boolean {
  return copier.copy(from, to, out, at) || nodeBuffer.isUtf8(bytes.subarray(from, to));
}

export function isUtf8Range(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if ((bytes[i] as number) > 127) return nodeBuffer.isUtf8(bytes.subarray(i, to));
  }
  return true;
}

/** True when `bytes[from, to)` is `text`, which must be ASCII. */
export function equalsText(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false;
  return true;
}

/** Bytes of a varint of up to 32 bits. */
export function varintSize(value: number): number {
  return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : value < 268435456 ? 4 : 5;
}

/** Writes a varint of up to 32 bits; gives the position behind it. */
export function putVarint(dst: Uint8Array, at: number, value: number): number {
  let p = at;
  let rest = value;
  while (rest > 127) {
    dst[p++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  dst[p++] = rest;
  return p;
}
