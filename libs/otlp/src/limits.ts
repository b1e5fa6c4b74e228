/** What a decoder accepts at most. */
export interface OtlpLimits {
  /** Spans in one message; its resources and scopes may be twice as many. */
  readonly maxSpans: number;
  /** Attributes of one span, event or resource; also events and links of one span. */
  readonly maxElements: number;
  /** Arrays and maps within arrays and maps of an attribute value; also unknown JSON fields within each other. */
  readonly maxNesting: number;
  /**
   * Encoded spans may take this many times the bytes of the message (plus 1 MiB). The rest of a message is copied at most once, but a
   * scope's name and version are repeated in every span.
   */
  readonly maxExpansion: number;
}

export const DEFAULT_OTLP_LIMITS: OtlpLimits = {
  maxSpans: 100_000,
  maxElements: 100_000,
  maxNesting: 64,
  maxExpansion: 8,
};
