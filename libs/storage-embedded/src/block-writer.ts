import * as zlib from "node:zlib";
import {
  BITMAP_WORDS,
  type BlockHeader,
  COLUMN_SPANS,
  DATA_ROW_BYTES,
  MAX_LIST,
  PROCESSES_PER_ROW,
  RANGE_WORDS,
  ROW,
  type RowKind,
  START_UNKNOWN,
} from "./block-format.ts";
import type { BlockScratch } from "./block-scratch.ts";
import { type KeyPairs, sortPairs } from "./key-sort.ts";
import type { Memtable } from "./memtable.ts";
import { Pacer } from "./pacer.ts";
import { META_WORDS } from "./packed-spans.ts";
import { encodeEntry } from "./process-dictionary.ts";
import { orderSpans, type SpanOrder } from "./span-order.ts";
import { MAX_DURATION_BUCKET } from "./span-scanner.ts";

const ZSTD_OPTIONS: zlib.ZstdOptions = {
  chunkSize: 8 * 1024,
  params: {
    [zlib.constants.ZSTD_c_compressionLevel]: 1,
    [zlib.constants.ZSTD_c_checksumFlag]: 1,
  },
};
/** Keys aimed at a row of the inverted index: about 8 bytes each. */
const KEYS_PER_ROW = 2048;
const TRACES_PER_ROW = 512;
const PACE_MS = 4;

/** Where a block's rows go. `data` is only valid during the call. */
export type RowSink = (kind: RowKind, number: number, data: Uint8Array) => void;

/** Writes the rows of a block that holds the memtable's spans, resting now and then for the thread's other work. */
export async function writeBlock(
  memtable: Memtable,
  id: number,
  lastSegment: number,
  scratch: BlockScratch,
  sink: RowSink,
): Promise<BlockHeader> {
  const pacer = new Pacer(PACE_MS);
  const order = orderSpans(memtable);
  await pacer.rest();
  const rowFirst = await writeData(memtable, order, scratch, pacer, sink);
  const columnRanges = await writeColumns(memtable, order, pacer, sink);
  const keyBits = await writeKeys(memtable, order, scratch, pacer, sink);
  const traceBits = writeTraces(memtable, order, sink);
  await writeProcesses(memtable, pacer, sink);
  return {
    id,
    spanCount: memtable.spanCount,
    traceCount: memtable.traceCount,
    processCount: memtable.processes.entries.length,
    minStartMs: memtable.minStartMs,
    maxStartMs: memtable.maxStartMs,
    lastArrivalMs: memtable.lastArrivalMs,
    lastSegment,
    keyBits,
    traceBits,
    tenants: [...memtable.processes.tenants],
    rowFirst,
    columnRanges,
  };
}

async function writeData(
  memtable: Memtable,
  order: SpanOrder,
  scratch: BlockScratch,
  pacer: Pacer,
  sink: RowSink,
): Promise<Uint32Array> {
  const { spanAt, traceFirst } = order;
  const rowFirst: number[] = [];
  let from = 0;
  let bytes = 0;
  let trace = 0;
  const flush = async (to: number) => {
    if (to === from) return;
    sink(ROW.data, rowFirst.length, compress(dataRow(memtable, spanAt, from, to, bytes, scratch)));
    rowFirst.push(from);
    from = to;
    bytes = 0;
    if (pacer.due) await pacer.rest();
  };
  for (let ordinal = 0; ordinal < spanAt.length; ordinal++) {
    if (ordinal === traceFirst[trace]) {
      trace++;
      // A trace that fits in a row stands in one row.
      const end = traceFirst[trace] ?? spanAt.length;
      if (bytes + lengthOf(memtable, spanAt, ordinal, end) > DATA_ROW_BYTES) await flush(ordinal);
    }
    const length = memtable.meta[(spanAt[ordinal] as number) * META_WORDS] as number;
    if (bytes > 0 && bytes + length > DATA_ROW_BYTES) await flush(ordinal);
    bytes += length;
  }
  await flush(spanAt.length);
  return Uint32Array.from(rowFirst);
}

function lengthOf(memtable: Memtable, spanAt: Uint32Array, from: number, to: number): number {
  let length = 0;
  for (let i = from; i < to && length <= DATA_ROW_BYTES; i++) {
    length += memtable.meta[(spanAt[i] as number) * META_WORDS] as number;
  }
  return length;
}

function dataRow(
  memtable: Memtable,
  spanAt: Uint32Array,
  from: number,
  to: number,
  bytes: number,
  scratch: BlockScratch,
): Buffer {
  const count = to - from;
  const headerLength = 4 + count * META_WORDS * 4;
  const row = scratch.row(headerLength + bytes);
  const words = new Uint32Array(row.buffer, 0, headerLength / 4);
  words[0] = count;
  let at = headerLength;
  for (let i = 0; i < count; i++) {
    const span = spanAt[from + i] as number;
    const meta = span * META_WORDS;
    const length = memtable.meta[meta] as number;
    for (let word = 0; word < META_WORDS; word++)
      words[1 + i * META_WORDS + word] = memtable.meta[meta + word] as number;
    const start = memtable.offset[span] as number;
    memtable.arena.copy(row, at, start, start + length);
    at += length;
  }
  return row;
}

async function writeColumns(memtable: Memtable, order: SpanOrder, pacer: Pacer, sink: RowSink): Promise<Uint32Array> {
  const { spanAt } = order;
  const { maxStartMs } = memtable;
  /** Start of the first span of the trace that reaches into the row from the one before. */
  let carry = 0;
  const ranges = new Uint32Array(Math.ceil(spanAt.length / COLUMN_SPANS) * RANGE_WORDS);
  for (let from = 0, number = 0; from < spanAt.length; from += COLUMN_SPANS, number++) {
    const count = Math.min(COLUMN_SPANS, spanAt.length - from);
    const row = new ArrayBuffer(4 + count * 9);
    new Uint32Array(row, 0, 1)[0] = carry;
    const starts = new Uint32Array(row, 4, count);
    const processes = new Uint16Array(row, 4 + count * 4, count);
    const durations = new Uint16Array(row, 4 + count * 6, count);
    const firsts = new Uint8Array(row, 4 + count * 8, count);
    for (let i = 0; i < count; i++) {
      const span = spanAt[from + i] as number;
      starts[i] = Math.min(maxStartMs - (memtable.startMs[span] as number), START_UNKNOWN);
      processes[i] = memtable.meta[span * META_WORDS + 2] as number;
      durations[i] = memtable.duration[span] as number;
      const isFirst = from + i === 0 || memtable.trace[span] !== memtable.trace[spanAt[from + i - 1] as number];
      if (isFirst) {
        firsts[i] = 1;
        carry = starts[i] as number;
      }
    }
    let oldest = 0;
    let shortest = MAX_DURATION_BUCKET;
    let longest = 0;
    for (let i = 0; i < count; i++) {
      oldest = Math.max(oldest, starts[i] as number);
      shortest = Math.min(shortest, durations[i] as number);
      longest = Math.max(longest, durations[i] as number);
    }
    ranges.set([oldest, shortest, longest], number * RANGE_WORDS);
    sink(ROW.columns, number, compress(new Uint8Array(row)));
    if (pacer.due) await pacer.rest();
  }
  return ranges;
}

async function writeKeys(
  memtable: Memtable,
  order: SpanOrder,
  scratch: BlockScratch,
  pacer: Pacer,
  sink: RowSink,
): Promise<number> {
  const { spanAt } = order;
  const { hashes } = memtable.scanner;
  const { pairs: unsorted, spare } = scratch.pairs(hashes.count);
  let count = 0;
  for (let ordinal = 0; ordinal < spanAt.length; ordinal++) {
    const span = spanAt[ordinal] as number;
    const end = memtable.hashEnd[span] as number;
    for (let i = span === 0 ? 0 : (memtable.hashEnd[span - 1] as number); i < end; i++) {
      unsorted.hashes[count] = hashes.values[i] as number;
      unsorted.ordinals[count++] = ordinal;
    }
  }
  const sorted = await sortPairs(unsorted, spare, count, () => (pacer.due ? pacer.rest() : undefined));
  let unique = 0;
  for (let i = 0; i < count; i++) if (i === 0 || sorted.hashes[i] !== sorted.hashes[i - 1]) unique++;
  const keyBits = bitsFor(unique, KEYS_PER_ROW, 12);
  let at = 0;
  for (let bucket = 0; bucket < 1 << keyBits; bucket++) {
    let end = at;
    while (end < count && bucketOf(sorted.hashes[end] as number, keyBits) === bucket) end++;
    sink(ROW.keys, bucket, keyRow(sorted, at, end));
    at = end;
    if (pacer.due) await pacer.rest();
  }
  return keyBits;
}

/** The keys of pairs [from, to), which are sorted, with their postings; a pair that stands twice counts once. */
function keyRow(pairs: KeyPairs, from: number, to: number): Uint8Array {
  const { hashes, ordinals } = pairs;
  const keyHashes: number[] = [];
  const keyFrom: number[] = [];
  const counts: number[] = [];
  let words = 0;
  for (let at = from; at < to; ) {
    const hash = hashes[at] as number;
    keyHashes.push(hash);
    keyFrom.push(at);
    let count = 0;
    let last = -1;
    for (; at < to && hashes[at] === hash; at++) {
      const ordinal = ordinals[at] as number;
      if (ordinal !== last) count++;
      last = ordinal;
    }
    counts.push(count);
    words += count > MAX_LIST ? BITMAP_WORDS : count;
  }
  const n = keyHashes.length;
  const row = new ArrayBuffer(4 + n * 6 + words * 2 + 4);
  new Uint32Array(row, 0, 1)[0] = n;
  new Uint32Array(row, 4, n).set(keyHashes);
  const countsAt = new Uint16Array(row, 4 + n * 4, n);
  const postings = new Uint16Array(row, 4 + n * 6, words);
  let place = 0;
  for (let key = 0; key < n; key++) {
    const count = counts[key] as number;
    countsAt[key] = count - 1;
    const end = keyFrom[key + 1] ?? to;
    const isBitmap = count > MAX_LIST;
    let last = -1;
    for (let at = keyFrom[key] as number; at < end; at++) {
      const ordinal = ordinals[at] as number;
      if (ordinal === last) continue;
      last = ordinal;
      if (isBitmap) {
        const word = place + (ordinal >>> 4);
        postings[word] = (postings[word] as number) | (1 << (ordinal & 15));
      } else postings[place++] = ordinal;
    }
    if (isBitmap) place += BITMAP_WORDS;
  }
  return withChecksum(row, 4 + n * 6 + words * 2);
}

function writeTraces(memtable: Memtable, order: SpanOrder, sink: RowSink): number {
  const { traces, traceFirst } = order;
  const n = traces.length;
  const traceBits = bitsFor(n, TRACES_PER_ROW, 8);
  const keys = new Float64Array(n);
  for (let i = 0; i < n; i++) keys[i] = (memtable.traceHash[traces[i] as number] as number) * 65_536 + i;
  keys.sort();
  let at = 0;
  for (let bucket = 0; bucket < 1 << traceBits; bucket++) {
    let end = at;
    while (end < n && bucketOf(Math.floor((keys[end] as number) / 65_536), traceBits) === bucket) end++;
    const count = end - at;
    const row = new ArrayBuffer(4 + count * 8 + 4);
    new Uint32Array(row, 0, 1)[0] = count;
    const hashes = new Uint32Array(row, 4, count);
    const firsts = new Uint16Array(row, 4 + count * 4, count);
    const sizes = new Uint16Array(row, 4 + count * 6, count);
    for (let i = 0; i < count; i++) {
      const key = keys[at + i] as number;
      const trace = key % 65_536;
      hashes[i] = Math.floor(key / 65_536);
      firsts[i] = traceFirst[trace] as number;
      sizes[i] = (memtable.traceSize[traces[trace] as number] as number) - 1;
    }
    sink(ROW.traces, bucket, withChecksum(row, 4 + count * 8));
    at = end;
  }
  return traceBits;
}

async function writeProcesses(memtable: Memtable, pacer: Pacer, sink: RowSink): Promise<void> {
  const { entries } = memtable.processes;
  for (let from = 0, number = 0; from < entries.length; from += PROCESSES_PER_ROW, number++) {
    const row = entries.slice(from, from + PROCESSES_PER_ROW).map((entry) => encodeEntry(entry.tenant, entry.process));
    sink(ROW.processes, number, compress(Buffer.concat(row)));
    if (pacer.due) await pacer.rest();
  }
  let n = 0;
  for (const entry of entries) n += entry.hashes.length;
  const keys = new Float64Array(n);
  let at = 0;
  entries.forEach((entry, number) => {
    for (const hash of entry.hashes) keys[at++] = hash * 65_536 + number;
  });
  keys.sort();
  const row = new ArrayBuffer(4 + n * 6 + (n % 2) * 2 + 4);
  new Uint32Array(row, 0, 1)[0] = n;
  const hashes = new Uint32Array(row, 4, n);
  const numbers = new Uint16Array(row, 4 + n * 4, n);
  for (let i = 0; i < n; i++) {
    const key = keys[i] as number;
    hashes[i] = Math.floor(key / 65_536);
    numbers[i] = key % 65_536;
  }
  sink(ROW.processKeys, 0, withChecksum(row, 4 + n * 6));
}

/** The row of a hash when there are `2^bits`. */
export function bucketOf(hash: number, bits: number): number {
  return bits === 0 ? 0 : hash >>> (32 - bits);
}

function bitsFor(count: number, perRow: number, max: number): number {
  let bits = 0;
  while (bits < max && count >> bits > perRow) bits++;
  return bits;
}

function compress(row: Uint8Array): Uint8Array {
  const packed = zlib.zstdCompressSync(row, ZSTD_OPTIONS);
  const framed = Buffer.allocUnsafe(packed.length + 4);
  framed.writeUInt32LE(row.length, 0);
  framed.set(packed, 4);
  return framed;
}

function withChecksum(row: ArrayBuffer, length: number): Uint8Array {
  const bytes = new Uint8Array(row, 0, length + 4);
  new DataView(row).setUint32(length, zlib.crc32(bytes.subarray(0, length)), true);
  return bytes;
}
