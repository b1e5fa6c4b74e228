import { type EncodedSpan, NO_FIELDS, type SpanBatch } from "@spoor/span-wire";

/** The batch that these spans of one tenant make. */
export function batchOf(spans: readonly EncodedSpan[], byteLength: number, tenant: string): SpanBatch {
  return { spans, commonFields: NO_FIELDS, format: "unknown", transport: "grpc", tenant, byteLength };
}
