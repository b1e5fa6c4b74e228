/** What a decoder accepts at most. */
export interface ZipkinLimits {
  /** Spans in one message. */
  readonly maxSpans: number;
  /** Objects and arrays in a JSON message, or annotations in Thrift, in all. */
  readonly maxElements: number;
  /** Tags of one span, and annotations of one span. */
  readonly maxSpanElements: number;
  /** JSON objects and arrays within each other. */
  readonly maxNesting: number;
}

export const DEFAULT_ZIPKIN_LIMITS: ZipkinLimits = {
  maxSpans: 100_000,
  maxElements: 1_000_000,
  maxSpanElements: 100_000,
  maxNesting: 64,
};
