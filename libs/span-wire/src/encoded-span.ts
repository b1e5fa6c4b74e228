/**
 * A `jaeger.api_v2.Process` message in wire form, shared by all spans that came with it.
 * Two spans of one process hold the same object, so identity is a cheap first comparison.
 */
export class EncodedProcess {
  /** The whole Process message, without a tag or length in front. */
  readonly bytes: Uint8Array;
  /** Field 1, decoded. */
  readonly serviceName: string;

  constructor(bytes: Uint8Array, serviceName: string) {
    this.bytes = bytes;
    this.serviceName = serviceName;
  }
}

/**
 * One `jaeger.api_v2.Span` message in wire form, without its process (field 10), which stands beside it.
 *
 * The bytes are `buffer[start, end)`; several spans usually share one buffer (the request they came in),
 * and nobody writes to it. They are canonical in this much: trace_id has 16 bytes and span_id 8, in references too;
 * start_time, duration and the timestamp of each log are there and within the ranges that Go accepts; a singular field comes
 * once; every nested message is well-formed. Fields may stand in any order, references behind the trace id, and there may be
 * fields that nobody knows.
 */
export class EncodedSpan {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly process: EncodedProcess;
  /** Where the 16 bytes of the trace id begin in `buffer`. */
  readonly traceIdStart: number;
  readonly flags: number;
  /** True when no reference names a span of the same trace. */
  readonly isRoot: boolean;

  constructor(
    buffer: Uint8Array,
    start: number,
    end: number,
    process: EncodedProcess,
    traceIdStart: number,
    flags: number,
    isRoot: boolean,
  ) {
    this.buffer = buffer;
    this.start = start;
    this.end = end;
    this.process = process;
    this.traceIdStart = traceIdStart;
    this.flags = flags;
    this.isRoot = isRoot;
  }
}
