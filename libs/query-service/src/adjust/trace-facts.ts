import { type EncodedSpan, SpanHeader } from "@spoor/span-wire";
import { ProcessInterner } from "./process-interner.ts";

/** What the adjusters found out about a span, as bits of {@link TraceFacts.marks}. */
export const MARK = {
  /** A copy of a span that is shown already. */
  copy: 1,
  newSpanId: 2,
  newParent: 4,
  /** Another span of this id stands in the tree. */
  duplicateId: 8,
  /** The parent is not in the trace. */
  orphan: 16,
  /** Moved by its delta. */
  moved: 32,
  /** Has a delta that was not applied. */
  notMoved: 64,
} as const;

/**
 * What adjusters need to know of the spans of a trace, about 60 bytes a span in typed arrays; the spans themselves stay
 * encoded. Arrays are indexed by the place of the span in `spans`.
 */
export class TraceFacts {
  readonly spans: readonly EncodedSpan[];
  /** Start time; the clock skew adjuster moves it. */
  readonly startSeconds: Float64Array;
  readonly startNanos: Int32Array;
  readonly durationSeconds: Float64Array;
  readonly durationNanos: Int32Array;
  /** Halves of the span id and of the parent's id (0 without parent); the uniquifier changes them. */
  readonly idHigh: Int32Array;
  readonly idLow: Int32Array;
  readonly parentHigh: Int32Array;
  readonly parentLow: Int32Array;
  readonly marks: Uint8Array;
  /** Clock skew in nanoseconds, as far as 64 bits go; applied or not, as the marks say. */
  readonly deltaNs: BigInt64Array;
  /** Index into {@link processes}. */
  readonly process: Int32Array;
  readonly processes: ProcessInterner = new ProcessInterner();

  constructor(spans: readonly EncodedSpan[]) {
    const count = spans.length;
    this.spans = spans;
    this.startSeconds = new Float64Array(count);
    this.startNanos = new Int32Array(count);
    this.durationSeconds = new Float64Array(count);
    this.durationNanos = new Int32Array(count);
    this.idHigh = new Int32Array(count);
    this.idLow = new Int32Array(count);
    this.parentHigh = new Int32Array(count);
    this.parentLow = new Int32Array(count);
    this.marks = new Uint8Array(count);
    this.deltaNs = new BigInt64Array(count);
    this.process = new Int32Array(count);
    const header = new SpanHeader();
    for (let i = 0; i < count; i++) this.#read(header, spans[i] as EncodedSpan, i);
  }

  get count(): number {
    return this.spans.length;
  }

  has(span: number, mark: number): boolean {
    return ((this.marks[span] as number) & mark) !== 0;
  }

  mark(span: number, mark: number): void {
    this.marks[span] = (this.marks[span] as number) | mark;
  }

  #read(header: SpanHeader, span: EncodedSpan, i: number): void {
    header.read(span);
    this.startSeconds[i] = header.startSeconds;
    this.startNanos[i] = header.startNanos;
    this.durationSeconds[i] = header.durationSeconds;
    this.durationNanos[i] = header.durationNanos;
    this.idHigh[i] = int32At(span.buffer, header.spanIdStart);
    this.idLow[i] = int32At(span.buffer, header.spanIdStart + 4);
    if (header.parentSpanIdStart >= 0) {
      this.parentHigh[i] = int32At(span.buffer, header.parentSpanIdStart);
      this.parentLow[i] = int32At(span.buffer, header.parentSpanIdStart + 4);
    }
    this.process[i] = this.processes.intern(span.process);
  }
}

/** Big-endian. */
function int32At(buffer: Uint8Array, at: number): number {
  return (
    ((buffer[at] as number) << 24) |
    ((buffer[at + 1] as number) << 16) |
    ((buffer[at + 2] as number) << 8) |
    (buffer[at + 3] as number)
  );
}
