import { COLUMN_SPANS, RANGE_WORDS, ROW, type RowSink, START_UNKNOWN } from "./block-format.ts";
import type { BlockScratch } from "./block-scratch.ts";
import type { Memtable } from "./memtable.ts";
import type { Pacer } from "./pacer.ts";
import { META_WORDS } from "./packed-spans.ts";
import type { SpanOrder } from "./span-order.ts";
import { MAX_DURATION_BUCKET } from "./span-scanner.ts";

interface Columns {
  readonly starts: Uint32Array;
  readonly processes: Uint16Array;
  readonly durations: Uint16Array;
  readonly firsts: Uint8Array;
}

/** Writes the columns; gives their ranges, see BlockHeader. */
export async function writeColumns(
  memtable: Memtable,
  order: SpanOrder,
  scratch: BlockScratch,
  pacer: Pacer,
  sink: RowSink,
): Promise<Uint32Array> {
  const { spanAt } = order;
  const ranges = new Uint32Array(Math.ceil(spanAt.length / COLUMN_SPANS) * RANGE_WORDS);
  /** Start of the first span of the trace that reaches into the row from the one before. */
  let carry = 0;
  for (let from = 0, number = 0; from < spanAt.length; from += COLUMN_SPANS, number++) {
    const count = Math.min(COLUMN_SPANS, spanAt.length - from);
    const row = scratch.row(4 + count * 9);
    const { buffer } = row;
    new Uint32Array(buffer, 0, 1)[0] = carry;
    const columns: Columns = {
      starts: new Uint32Array(buffer, 4, count),
      processes: new Uint16Array(buffer, 4 + count * 4, count),
      durations: new Uint16Array(buffer, 4 + count * 6, count),
      firsts: new Uint8Array(buffer, 4 + count * 8, count),
    };
    carry = fillColumns(memtable, spanAt, from, count, columns, carry);
    ranges.set(rangeOf(columns, count), number * RANGE_WORDS);
    sink(ROW.columns, number, scratch.compressed(row));
    if (pacer.due) await pacer.rest();
  }
  return ranges;
}

/** Fills a row; gives the `carry` of the next. */
function fillColumns(
  memtable: Memtable,
  spanAt: Uint32Array,
  from: number,
  count: number,
  columns: Columns,
  carry: number,
): number {
  const { starts, processes, durations, firsts } = columns;
  const { maxStartMs, startMs, meta, duration, trace } = memtable;
  let last = carry;
  let before = from === 0 ? -1 : (trace[spanAt[from - 1] as number] as number);
  for (let i = 0; i < count; i++) {
    const span = spanAt[from + i] as number;
    const start = Math.min(maxStartMs - (startMs[span] as number), START_UNKNOWN);
    starts[i] = start;
    processes[i] = meta[span * META_WORDS + 2] as number;
    durations[i] = duration[span] as number;
    const isFirst = trace[span] !== before;
    firsts[i] = isFirst ? 1 : 0;
    if (isFirst) {
      last = starts[i] as number;
      before = trace[span] as number;
    }
  }
  return last;
}

function rangeOf({ starts, durations }: Columns, count: number): readonly number[] {
  let oldest = 0;
  let shortest = MAX_DURATION_BUCKET;
  let longest = 0;
  for (let i = 0; i < count; i++) {
    oldest = Math.max(oldest, starts[i] as number);
    shortest = Math.min(shortest, durations[i] as number);
    longest = Math.max(longest, durations[i] as number);
  }
  return [oldest, shortest, longest];
}
