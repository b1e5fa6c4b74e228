/** Bounds of what one message may make a decoder allocate; passing one is `LIMIT_EXCEEDED`. */
export interface WireLimits {
  /** Spans of one batch. */
  readonly maxSpans: number;
  /** References, tags, logs, log fields and warnings of one span, together; also the tags of a process. */
  readonly maxElementsPerSpan: number;
}

export const DEFAULT_WIRE_LIMITS: WireLimits = { maxSpans: 100_000, maxElementsPerSpan: 100_000 };
