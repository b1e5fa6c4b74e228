import type { EncodedSpan } from "./encoded-span.ts";
import { NO_PROCESS } from "./process-table.ts";
import { WireWriter } from "./writer.ts";

/**
 * Writes the whole `jaeger.api_v2.Span`, without tag or length in front: the span's bytes, then `commonFields`
 * (see SpanBatch), then its process as field 10.
 */
export function writeWholeSpan(writer: WireWriter, span: EncodedSpan, commonFields: Uint8Array): void {
  writer.raw(span.buffer, span.start, span.end);
  writer.raw(commonFields, 0, commonFields.length);
  if (span.process !== NO_PROCESS) writer.bytesField(10, span.process.bytes, 0, span.process.bytes.length);
}

/** The whole span as {@link writeWholeSpan} writes it, in memory of its own. */
export function wholeSpan(span: EncodedSpan, commonFields: Uint8Array): Uint8Array {
  const writer = new WireWriter(wholeSpanLength(span, commonFields));
  writeWholeSpan(writer, span, commonFields);
  return writer.buffer.subarray(0, writer.position);
}

/** At least the bytes that {@link writeWholeSpan} writes, at most 16 more. */
export function wholeSpanLength(span: EncodedSpan, commonFields: Uint8Array): number {
  return span.end - span.start + commonFields.length + span.process.bytes.length + 8;
}
