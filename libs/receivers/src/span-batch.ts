import { type EncodedSpan, NO_FIELDS, type SpanBatch, type SpanFormat, type SpanTransport } from "@spoor/span-wire";

/** A batch as a receiver hands it on: fields common to all spans are for those behind it to add. */
export function spanBatch(
  spans: readonly EncodedSpan[],
  format: SpanFormat,
  transport: SpanTransport,
  tenant: string,
  byteLength: number,
): SpanBatch {
  return { spans, commonFields: NO_FIELDS, format, transport, tenant, byteLength };
}
