import * as zlib from "node:zlib";
import { BITMAP_WORDS, MAX_LIST, ROW, type RowSink } from "./block-format.ts";
import type { BlockScratch } from "./block-scratch.ts";
import { type KeyPairs, sortPairs } from "./key-sort.ts";
import type { Memtable } from "./memtable.ts";
import type { Pacer } from "./pacer.ts";
import type { SpanOrder } from "./span-order.ts";

/** Keys aimed at a row of the inverted index: about 8 bytes each. */
const KEYS_PER_ROW = 2048;
const TRACES_PER_ROW = 512;

/** The distinct keys of a block, ascending: the spans of key i are `ordinals[from[i], from[i + 1])`. */
interface Keys {
  readonly count: number;
  readonly hashes: Uint32Array;
  readonly from: Uint32Array;
  readonly ordinals: Uint16Array;
}

/** Writes the inverted index; gives the bits of its rows. */
export async function writeKeys(
  memtable: Memtable,
  order: SpanOrder,
  scratch: BlockScratch,
  pacer: Pacer,
  sink: RowSink,
): Promise<number> {
  const { pairs, spare } = scratch.pairs(memtable.scanner.hashes.count);
  const count = collectPairs(memtable, order.spanAt, pairs);
  const sorted = await sortPairs(pairs, spare, count, () => (pacer.due ? pacer.rest() : undefined));
  const keys = groupPairs(sorted, count, (sorted === pairs ? spare : pairs).hashes);
  if (pacer.due) await pacer.rest();
  const keyBits = bitsFor(keys.count, KEYS_PER_ROW, 12);
  for (let bucket = 0, at = 0; bucket < 1 << keyBits; bucket++) {
    const end = bucketEnd(keys, at, bucket, keyBits);
    sink(ROW.keys, bucket, keyRow(keys, at, end, scratch));
    at = end;
    if (pacer.due) await pacer.rest();
  }
  return keyBits;
}

function collectPairs(memtable: Memtable, spanAt: Uint32Array, pairs: KeyPairs): number {
  const { hashEnd, scanner } = memtable;
  const { values } = scanner.hashes;
  let count = 0;
  for (let ordinal = 0; ordinal < spanAt.length; ordinal++) {
    const span = spanAt[ordinal] as number;
    const from = span === 0 ? 0 : (hashEnd[span - 1] as number);
    count = collectSpan(values, from, hashEnd[span] as number, pairs, count, ordinal);
  }
  return count;
}

function collectSpan(
  values: Uint32Array,
  from: number,
  to: number,
  pairs: KeyPairs,
  count: number,
  ordinal: number,
): number {
  const { hashes, ordinals } = pairs;
  let at = count;
  for (let i = from; i < to; i++, at++) {
    hashes[at] = values[i] as number;
    ordinals[at] = ordinal;
  }
  return at;
}

/** Groups sorted pairs, in their own memory and in `from`; a pair that stands twice counts once. */
function groupPairs(sorted: KeyPairs, pairCount: number, from: Uint32Array): Keys {
  const { hashes, ordinals } = sorted;
  let count = 0;
  let kept = 0;
  let lastHash = -1;
  let lastOrdinal = -1;
  for (let i = 0; i < pairCount; i++) {
    const hash = hashes[i] as number;
    const ordinal = ordinals[i] as number;
    if (hash !== lastHash) {
      hashes[count] = hash;
      from[count++] = kept;
    } else if (ordinal === lastOrdinal) continue;
    ordinals[kept++] = ordinal;
    lastHash = hash;
    lastOrdinal = ordinal;
  }
  from[count] = kept;
  return { count, hashes, from, ordinals };
}

/** The first key behind a bucket that begins at key `at`. */
function bucketEnd(keys: Keys, at: number, bucket: number, bits: number): number {
  let end = at;
  while (end < keys.count && bucketOf(keys.hashes[end] as number, bits) === bucket) end++;
  return end;
}

/** The row of keys [first, end). */
function keyRow(keys: Keys, first: number, end: number, scratch: BlockScratch): Uint8Array {
  const n = end - first;
  const words = postingWords(keys.from, first, end);
  const row = scratch.row(4 + n * 6 + words * 2);
  const { buffer } = row;
  new Uint32Array(buffer, 0, 1)[0] = n;
  new Uint32Array(buffer, 4, n).set(keys.hashes.subarray(first, end));
  fillCounts(keys.from, first, end, new Uint16Array(buffer, 4 + n * 4, n));
  fillPostings(keys, first, end, new Uint16Array(buffer, 4 + n * 6, words));
  return withChecksum(row);
}

function postingWords(from: Uint32Array, first: number, end: number): number {
  let words = 0;
  for (let key = first; key < end; key++) {
    const count = (from[key + 1] as number) - (from[key] as number);
    words += count > MAX_LIST ? BITMAP_WORDS : count;
  }
  return words;
}

function fillCounts(from: Uint32Array, first: number, end: number, counts: Uint16Array): void {
  for (let key = first; key < end; key++) counts[key - first] = (from[key + 1] as number) - (from[key] as number) - 1;
}

/** Lists of neighbouring keys stand together as they do in `keys`, so they are copied as one. */
function fillPostings(keys: Keys, first: number, end: number, postings: Uint16Array): void {
  const { from, ordinals } = keys;
  let place = 0;
  let copied = from[first] as number;
  for (let key = first; key < end; key++) {
    const start = from[key] as number;
    const stop = from[key + 1] as number;
    if (stop - start <= MAX_LIST) continue;
    postings.set(ordinals.subarray(copied, start), place);
    place += start - copied;
    fillBitmap(ordinals, start, stop, postings.subarray(place, place + BITMAP_WORDS));
    place += BITMAP_WORDS;
    copied = stop;
  }
  postings.set(ordinals.subarray(copied, from[end] as number), place);
}

function fillBitmap(ordinals: Uint16Array, from: number, to: number, bits: Uint16Array): void {
  bits.fill(0);
  for (let at = from; at < to; at++) {
    const ordinal = ordinals[at] as number;
    bits[ordinal >>> 4] = (bits[ordinal >>> 4] as number) | (1 << (ordinal & 15));
  }
}

/** Writes where each trace is; gives the bits of the rows. */
export function writeTraces(memtable: Memtable, order: SpanOrder, scratch: BlockScratch, sink: RowSink): number {
  const { traces } = order;
  const n = traces.length;
  const traceBits = bitsFor(n, TRACES_PER_ROW, 8);
  const keys = new Float64Array(n);
  for (let i = 0; i < n; i++) keys[i] = (memtable.traceHash[traces[i] as number] as number) * 65_536 + i;
  keys.sort();
  const hashOf = (i: number) => Math.floor((keys[i] as number) / 65_536);
  for (let bucket = 0, at = 0; bucket < 1 << traceBits; bucket++) {
    let end = at;
    while (end < n && bucketOf(hashOf(end), traceBits) === bucket) end++;
    sink(ROW.traces, bucket, traceRow(memtable, order, keys.subarray(at, end), scratch));
    at = end;
  }
  return traceBits;
}

/** `keys` are a trace's hash times 65,536 and its place in the order. */
function traceRow(memtable: Memtable, order: SpanOrder, keys: Float64Array, scratch: BlockScratch): Uint8Array {
  const { traces, traceFirst } = order;
  const count = keys.length;
  const row = scratch.row(4 + count * 8);
  const { buffer } = row;
  new Uint32Array(buffer, 0, 1)[0] = count;
  const hashes = new Uint32Array(buffer, 4, count);
  const firsts = new Uint16Array(buffer, 4 + count * 4, count);
  const sizes = new Uint16Array(buffer, 4 + count * 6, count);
  for (let i = 0; i < count; i++) {
    const key = keys[i] as number;
    const trace = key % 65_536;
    hashes[i] = Math.floor(key / 65_536);
    firsts[i] = traceFirst[trace] as number;
    sizes[i] = (memtable.traceSize[traces[trace] as number] as number) - 1;
  }
  return withChecksum(row);
}

/** Writes which processes have a service or a tag. */
export function writeProcessKeys(memtable: Memtable, scratch: BlockScratch, sink: RowSink): void {
  const { entries } = memtable.processes;
  let n = 0;
  for (const entry of entries) n += entry.hashes.length;
  const keys = new Float64Array(n);
  let at = 0;
  entries.forEach((entry, number) => {
    for (const hash of entry.hashes) keys[at++] = hash * 65_536 + number;
  });
  keys.sort();
  const row = scratch.row(4 + n * 6);
  const { buffer } = row;
  new Uint32Array(buffer, 0, 1)[0] = n;
  const hashes = new Uint32Array(buffer, 4, n);
  const numbers = new Uint16Array(buffer, 4 + n * 4, n);
  for (let i = 0; i < n; i++) {
    const key = keys[i] as number;
    hashes[i] = Math.floor(key / 65_536);
    numbers[i] = key % 65_536;
  }
  sink(ROW.processKeys, 0, withChecksum(row));
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

/** The row and its CRC-32; `row` is scratch, which has room for it. */
function withChecksum(row: Buffer): Uint8Array {
  const whole = Buffer.from(row.buffer, 0, row.length + 4);
  whole.writeUInt32LE(zlib.crc32(row), row.length);
  return whole;
}
