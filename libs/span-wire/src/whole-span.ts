import type { EncodedSpan } from "./encoded-span.ts";
import { NO_PROCESS } from "./process-table.ts";
import type { WireWriter } from "./writer.ts";

/**
 * Writes the whole `jaeger.api_v2.Span`, without tag or length in front: the span's bytes, then `commonFields`
 * (see SpanBatch), then its process as field 10.
 */
export function writeWholeSpan(writer: WireWriter, span: EncodedSpan, commonFields: Uint8Array): void {
  writer.raw(span.buffer, span.start, span.end);
  writer.raw(commonFields, 0, commonFields.length);
  if (span.process !== NO_PROCESS) writer.bytesField(10, span.process.bytes, 0, span.process.bytes.length);
}

/** The whole span as {@link writeWholeSpan} writes it. */
export function wholeSpan(span: EncodedSpan, commonFields: Uint8Array): Uint8Array {
  const { buffer, start, end, process } = span;
  const body = end - start + commonFields.length;
  const whole = Buffer.allocUnsafe(wholeSpanLength(span, commonFields));
  whole.set(buffer.subarray(start, end));
  whole.set(commonFields, end - start);
  if (process === NO_PROCESS) return whole;
  whole[body] = PROCESS_TAG;
  let position = body + 1;
  let rest = process.bytes.length;
  while (rest > 127) {
    whole[position++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  whole[position++] = rest;
  whole.set(process.bytes, position);
  return whole;
}

/** How many bytes {@link writeWholeSpan} writes. */
export function wholeSpanLength(span: EncodedSpan, commonFields: Uint8Array): number {
  const body = span.end - span.start + commonFields.length;
  if (span.process === NO_PROCESS) return body;
  const length = span.process.bytes.length;
  let prefix = 2;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) prefix++;
  return body + prefix + length;
}

/** Field 10, length-delimited. */
const PROCESS_TAG = (10 << 3) | 2;
