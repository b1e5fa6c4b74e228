import type { MemoryUse } from "./memory-use.ts";
import { RecordTable } from "./record-table.ts";

/**
 * What is known of a stored span beside its bytes; one cache line.
 *
 * ```
 * word  0 slab          4 operation      8-9   start, seconds (double)    12-13 duration, seconds (double)
 *       1 offset        5 next in trace  10    start, nanoseconds         14    trace id's offset * 2 + is-root
 *       2 length        6 trace          11    duration, nanoseconds      15    chunk of the service's index
 *       3 process       7 flags
 * ```
 */
export const SPAN = {
  /** -1 in the record of a span that is gone. */
  slab: 0,
  offset: 1,
  length: 2,
  process: 3,
  operation: 4,
  next: 5,
  trace: 6,
  flags: 7,
  /** In doubles. */
  startSeconds: 4,
  startNanos: 10,
  durationNanos: 11,
  /** In doubles. */
  durationSeconds: 6,
  shape: 14,
  chunk: 15,
} as const;

export class SpanTable extends RecordTable {
  constructor(use: MemoryUse) {
    super(16, use);
  }

  get(span: number, field: number): number {
    return this.page(span).i32[this.at(span) + field] as number;
  }

  set(span: number, field: number, value: number): void {
    this.page(span).i32[this.at(span) + field] = value;
  }

  getDouble(span: number, field: number): number {
    return this.page(span).f64[(this.at(span) >> 1) + field] as number;
  }
}
