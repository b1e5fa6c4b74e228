import type { EncodedSpan } from "./encoded-span.ts";

/** v1's names of span formats, as in the label `format` of its metrics. */
export type SpanFormat = "jaeger" | "zipkin" | "proto" | "otlp" | "unknown";
/** v1's names of transports, as in the label `transport` of its metrics; `udp` is ours. */
export type SpanTransport = "http" | "grpc" | "udp" | "unknown";

/** Encoded spans on their way from a receiver to a store: the unit of acknowledgement. */
export interface SpanBatch {
  readonly spans: readonly EncodedSpan[];
  /**
   * Encoded fields of Span that belong to every span of the batch (such as the tag `@jaeger@format`); may be empty.
   * Protobuf messages concatenate, so the whole span is its bytes, then these, then its process as field 10.
   */
  readonly commonFields: Uint8Array;
  readonly format: SpanFormat;
  readonly transport: SpanTransport;
  /** "" when tenancy is off. */
  readonly tenant: string;
  /** Bytes that the batch keeps alive (the request it came in), for admission by memory. */
  readonly byteLength: number;
}

export const NO_FIELDS: Uint8Array = new Uint8Array(0);
