import { type EncodedSpan, NO_FIELDS, type SpanBatch, type SpanFormat, type SpanTransport } from "@spoor/span-wire";

/**
 * A batch as a receiver hands it on: fields common to all spans are for those behind it to add. Transcoded spans share a
 * buffer that may be larger than the request's `requestBytes`.
 */
export function spanBatch(
  spans: readonly EncodedSpan[],
  format: SpanFormat,
  transport: SpanTransport,
  tenant: string,
  requestBytes: number,
): SpanBatch {
  const byteLength = Math.max(requestBytes, spans[0]?.buffer.byteLength ?? 0);
  return { spans, commonFields: NO_FIELDS, format, transport, tenant, byteLength };
}
