import { hexOf, type SpanId, type TraceId } from "@spoor/span-model";
import type { EncodedSpan } from "./encoded-span.ts";
import { malformed, WireReader } from "./reader.ts";

export function readTraceId(span: EncodedSpan): TraceId {
  return hexOf(span.buffer, span.traceIdStart, 16);
}

export function readSpanId(span: EncodedSpan): SpanId {
  return hexOf(span.buffer, spanIdStart(span), 8);
}

/** Where the 8 bytes of the span id begin in the span's buffer. */
export function spanIdStart(span: EncodedSpan): number {
  const { buffer, start, end } = span;
  // Nearly always the field right behind the trace id.
  const likely = span.traceIdStart + 16;
  if (likely + 10 <= end && buffer[likely] === 0x12 && buffer[likely + 1] === 8) return likely + 2;
  const reader = new WireReader(buffer, start, end);
  while (reader.position < end) {
    const tag = reader.varint32();
    if (tag !== 0x12) reader.skip(tag & 7);
    else if (reader.length() === 8) return reader.position;
  }
  throw malformed("span is not canonical: no span id");
}

/** The bytes of a hex id of `length` bytes. */
export function hexToBytes(hex: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  writeHex(bytes, 0, hex, length);
  return bytes;
}

/** Writes the `length` bytes of a lower-case hex id at `at`. */
export function writeHex(bytes: Uint8Array, at: number, hex: string, length: number): void {
  for (let i = 0; i < length; i++) {
    bytes[at + i] = (nibble(hex.charCodeAt(i * 2)) << 4) | nibble(hex.charCodeAt(i * 2 + 1));
  }
}

/** Of `0`-`9` and `a`-`f`. */
function nibble(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
