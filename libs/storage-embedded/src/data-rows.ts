import { DATA_ROW_BYTES, ROW, type RowSink } from "./block-format.ts";
import type { BlockScratch } from "./block-scratch.ts";
import type { Memtable } from "./memtable.ts";
import type { Pacer } from "./pacer.ts";
import { META_WORDS } from "./packed-spans.ts";
import type { SpanOrder } from "./span-order.ts";

/** Writes the spans; gives the first ordinal of each row. */
export async function writeData(
  memtable: Memtable,
  order: SpanOrder,
  scratch: BlockScratch,
  pacer: Pacer,
  sink: RowSink,
): Promise<Uint32Array> {
  const rowFirst = rowStarts(memtable, order);
  for (let number = 0; number < rowFirst.length; number++) {
    const from = rowFirst[number] as number;
    const to = rowFirst[number + 1] ?? memtable.spanCount;
    sink(ROW.data, number, scratch.compressed(dataRow(memtable, order.spanAt, from, to, scratch)));
    if (pacer.due) await pacer.rest();
  }
  return rowFirst;
}

/** Where rows begin, so that each has about DATA_ROW_BYTES and a trace that fits in a row stands in one. */
function rowStarts(memtable: Memtable, order: SpanOrder): Uint32Array {
  const { traceFirst, spanAt } = order;
  const starts: number[] = [];
  let bytes = DATA_ROW_BYTES;
  for (let trace = 0; trace < traceFirst.length; trace++) {
    const first = traceFirst[trace] as number;
    const end = traceFirst[trace + 1] ?? spanAt.length;
    const length = lengthOf(memtable, spanAt, first, end);
    if (bytes + length <= DATA_ROW_BYTES) bytes += length;
    else {
      starts.push(first);
      bytes = length <= DATA_ROW_BYTES ? length : splitTrace(memtable, spanAt, first, end, starts);
    }
  }
  return Uint32Array.from(starts);
}

function lengthOf(memtable: Memtable, spanAt: Uint32Array, from: number, to: number): number {
  const { meta } = memtable;
  let length = 0;
  for (let i = from; i < to && length <= DATA_ROW_BYTES; i++) {
    length += meta[(spanAt[i] as number) * META_WORDS] as number;
  }
  return length;
}

/** Starts further rows for a trace that is too long for the one begun; gives the bytes in the last. */
function splitTrace(memtable: Memtable, spanAt: Uint32Array, from: number, to: number, starts: number[]): number {
  let bytes = 0;
  for (let i = from; i < to; i++) {
    const length = memtable.meta[(spanAt[i] as number) * META_WORDS] as number;
    if (bytes > 0 && bytes + length > DATA_ROW_BYTES) {
      starts.push(i);
      bytes = 0;
    }
    bytes += length;
  }
  return bytes;
}

function dataRow(memtable: Memtable, spanAt: Uint32Array, from: number, to: number, scratch: BlockScratch): Buffer {
  const count = to - from;
  const headerLength = 4 + count * META_WORDS * 4;
  const row = scratch.row(headerLength + bytesOf(memtable, spanAt, from, to));
  const words = new Uint32Array(row.buffer, 0, headerLength / 4);
  words[0] = count;
  let at = headerLength;
  for (let i = 0; i < count; i++) {
    const span = spanAt[from + i] as number;
    const length = copyMeta(memtable.meta, span * META_WORDS, words, 1 + i * META_WORDS);
    const start = memtable.offset[span] as number;
    memtable.arena.copy(row, at, start, start + length);
    at += length;
  }
  return row;
}

function bytesOf(memtable: Memtable, spanAt: Uint32Array, from: number, to: number): number {
  const { meta } = memtable;
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += meta[(spanAt[i] as number) * META_WORDS] as number;
  return bytes;
}

/** Copies a span's words; gives the first, its length. */
function copyMeta(meta: Uint32Array, from: number, words: Uint32Array, to: number): number {
  const length = meta[from] as number;
  words[to] = length;
  words[to + 1] = meta[from + 1] as number;
  words[to + 2] = meta[from + 2] as number;
  words[to + 3] = meta[from + 3] as number;
  return length;
}
