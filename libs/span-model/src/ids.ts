/** A trace id: 32 lower-case hex digits, big-endian (high 64 bits first). */
export type TraceId = string;
/** A span id: 16 lower-case hex digits, big-endian. */
export type SpanId = string;

export const ZERO_TRACE_ID: TraceId = "0".repeat(32);
export const ZERO_SPAN_ID: SpanId = "0".repeat(16);

const HIGH_ZERO = "0".repeat(16);

/**
 * The text form v1 shows: 16 digits when the high 64 bits are zero, else 32
 * (jaegertracing/jaeger `model/ids.go` TraceID.String).
 */
export function formatTraceId(id: TraceId): string {
  return id.startsWith(HIGH_ZERO) ? id.slice(16) : id;
}

/** A hex trace id of 1 to 32 digits in either case, padded to 32; `undefined` when it is none. */
export function parseTraceId(text: string): TraceId | undefined {
  return /^[0-9a-fA-F]{1,32}$/.test(text) ? text.toLowerCase().padStart(32, "0") : undefined;
}

/** A hex span id of 1 to 16 digits in either case, padded to 16; `undefined` when it is none. */
export function parseSpanId(text: string): SpanId | undefined {
  return /^[0-9a-fA-F]{1,16}$/.test(text) ? text.toLowerCase().padStart(16, "0") : undefined;
}

/** Hex of `length` bytes from `start`, lower case. */
export function hexOf(bytes: Uint8Array, start: number, length: number): string {
  return hexSlice.call(bytes, start, start + length);
}

interface HexSlice extends Uint8Array {
  hexSlice(start: number, end: number): string;
}

/**
 * Works on any Uint8Array. Text put together digit by digit is made as fast, but stays a tree of pieces that is costly as
 * soon as it becomes a map's key.
 */
const hexSlice = (Buffer.prototype as unknown as HexSlice).hexSlice;
