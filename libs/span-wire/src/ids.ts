import { hexOf, type SpanId, type TraceId } from "@spoor/span-model";
import type { EncodedSpan } from "./encoded-span.ts";
import { WireReader } from "./reader.ts";

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
  if (buffer[likely] === 0x12 && buffer[likely + 1] === 8 && likely < end) return likely + 2;
  const reader = new WireReader(buffer, start, end);
  while (reader.position < end) {
    const tag = reader.varint32();
    if (tag === 0x12) return reader.position + 1;
    reader.skip(tag & 7);
  }
  throw new Error("span is not canonical: no span id");
}

/** Writes the bytes of a hex id of `length` bytes, without tag or length. */
export function hexToBytes(hex: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}
