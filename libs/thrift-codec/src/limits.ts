/** Bounds of what one message may make the decoder allocate; passing one is `LIMIT_EXCEEDED`. */
export interface ThriftLimits {
  readonly maxSpans: number;
  /** Of Zipkin spans, which become objects: annotations and binary annotations in all. */
  readonly maxAnnotations: number;
}

export const DEFAULT_THRIFT_LIMITS: ThriftLimits = { maxSpans: 100_000, maxAnnotations: 500_000 };

/** Structs, lists and maps inside each other. */
export const MAX_NESTING = 64;
/** Go's default for a message and each string or container in it. */
export const MAX_MESSAGE_SIZE = 100 * 1024 * 1024;
