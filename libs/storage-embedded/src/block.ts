import * as zlib from "node:zlib";
import type { EncodedProcess } from "@spoor/span-wire";
import { EncodedSpan } from "@spoor/span-wire";
import {
  BITMAP_WORDS,
  type BlockHeader,
  COLUMN_SPANS,
  MAX_LIST,
  PROCESSES_PER_ROW,
  ROW,
  type RowKind,
  START_UNKNOWN,
} from "./block-format.ts";
import { bucketOf } from "./index-rows.ts";
import { META_WORDS } from "./packed-spans.ts";
import { Posting } from "./posting.ts";
import { decodeEntry, entryLength } from "./process-dictionary.ts";
import type { RowCache } from "./row-cache.ts";
import { DamagedRowError, type Slice } from "./slice.ts";
import type { TraceHints } from "./trace-hints.ts";
import type { ZstdDecompressor } from "./zstd.ts";

/** What a decompressed row may take at most; a row holds some spans or one large span. */
const MAX_ROW_BYTES = 256 * 1024 * 1024;

interface DataRow {
  readonly bytes: Buffer;
  /** `META_WORDS` a span. */
  readonly meta: Uint32Array;
  /** Where each span starts in `bytes`. */
  readonly offsets: Uint32Array;
}

/** Columns of up to COLUMN_SPANS spans; see block-format. */
export interface ColumnRow {
  readonly starts: Uint32Array;
  readonly processes: Uint16Array;
  readonly durations: Uint16Array;
  readonly firsts: Uint8Array;
  /** The start (in the columns' terms) of the first span of each span's trace: none of that trace starts later. */
  readonly bounds: Uint32Array;
}

interface HashRow {
  readonly hashes: Uint32Array;
  readonly first: Uint16Array;
  readonly second: Uint16Array;
}

export interface StoredProcess {
  readonly tenant: string;
  readonly process: EncodedProcess;
}

/** Processes are decoded when one is asked for: most of a row are not. */
interface ProcessRow {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
  readonly decoded: StoredProcess[];
}

/** Where spans of a trace may be in a block; a hash may match another trace. */
export interface TracePlace {
  readonly first: number;
  readonly count: number;
}

let lastUid = 0;

/** A block of a slice, read through the cache. Reads throw `DamagedRowError`, `SliceGoneError` or SQLite's errors. */
export class Block {
  readonly slice: Slice;
  readonly header: BlockHeader;
  readonly #cache: RowCache;
  readonly #zstd: ZstdDecompressor;
  /** What tells absent traces without reading a row; `undefined` when there is no memory for it. */
  hints: TraceHints | undefined;
  /** Distinguishes this block's rows in the cache. */
  readonly #uid = ++lastUid;

  constructor(slice: Slice, header: BlockHeader, cache: RowCache, zstd: ZstdDecompressor) {
    this.slice = slice;
    this.header = header;
    this.#cache = cache;
    this.#zstd = zstd;
  }

  findTrace(hash: number): TracePlace[] {
    const row = this.#hashRow(ROW.traces, bucketOf(hash, this.header.traceBits));
    const places: TracePlace[] = [];
    for (let at = lowerBound(row.hashes, hash); row.hashes[at] === hash; at++) {
      places.push({ first: row.first[at] as number, count: (row.second[at] as number) + 1 });
    }
    return places;
  }

  /** Calls back with the hash of every trace. */
  forEachTraceHash(callback: (hash: number) => void): void {
    for (let bucket = 0; bucket < 1 << this.header.traceBits; bucket++) {
      for (const hash of this.#hashRow(ROW.traces, bucket).hashes) callback(hash);
    }
  }

  posting(hash: number): Posting {
    const row = this.#row(ROW.keys, bucketOf(hash, this.header.keyBits), () => {
      const bytes = this.#checked(ROW.keys, bucketOf(hash, this.header.keyBits));
      const n = countOf(bytes, 6);
      const value = {
        hashes: new Uint32Array(bytes.buffer, 4, n),
        counts: new Uint16Array(bytes.buffer, 4 + n * 4, n),
        words: new Uint16Array(bytes.buffer, 4 + n * 6, (bytes.length - 4 - n * 6) >> 1),
      };
      return { value, bytes: bytes.length };
    });
    const at = lowerBound(row.hashes, hash);
    if (row.hashes[at] !== hash) return Posting.EMPTY;
    let place = 0;
    for (let i = 0; i < at; i++) {
      const count = (row.counts[i] as number) + 1;
      place += count > MAX_LIST ? BITMAP_WORDS : count;
    }
    const count = (row.counts[at] as number) + 1;
    const isBitmap = count > MAX_LIST;
    const words = row.words.subarray(place, place + (isBitmap ? BITMAP_WORDS : count));
    return isBitmap ? new Posting(count, EMPTY_WORDS, words) : new Posting(count, words, undefined);
  }

  /** Numbers of the processes that have this service or tag. */
  processesWith(hash: number): Uint16Array {
    const row = this.#row(ROW.processKeys, 0, () => {
      const bytes = this.#checked(ROW.processKeys, 0);
      const n = countOf(bytes, 6);
      const value = {
        hashes: new Uint32Array(bytes.buffer, 4, n),
        numbers: new Uint16Array(bytes.buffer, 4 + n * 4, n),
      };
      return { value, bytes: bytes.length };
    });
    const at = lowerBound(row.hashes, hash);
    let end = at;
    while (row.hashes[end] === hash) end++;
    return row.numbers.subarray(at, end);
  }

  process(number: number): StoredProcess {
    const place = number % PROCESSES_PER_ROW;
    const rowNumber = Math.floor(number / PROCESSES_PER_ROW);
    const row = this.#row(ROW.processes, rowNumber, () => {
      const bytes = this.#inflated(ROW.processes, rowNumber);
      const ends: number[] = [];
      for (let at = 0; at < bytes.length; ends.push(at)) at += entryLength(bytes, at);
      const value: ProcessRow = { bytes, ends, decoded: [] };
      return { value, bytes: bytes.length * 2 };
    });
    let process = row.decoded[place];
    if (process === undefined) {
      const end = row.ends[place];
      if (end === undefined) throw new DamagedRowError(`block ${this.header.id} has no process ${number}`);
      process = decodeEntry(row.bytes, place === 0 ? 0 : (row.ends[place - 1] as number), end);
      row.decoded[place] = process;
    }
    return process;
  }

  /** The columns of the row that holds `ordinal`. */
  columns(ordinal: number): ColumnRow {
    const number = Math.floor(ordinal / COLUMN_SPANS);
    return this.#row(ROW.columns, number, () => {
      const bytes = this.#inflated(ROW.columns, number);
      const n = Math.floor((bytes.length - 4) / 9);
      const { buffer, byteOffset } = aligned(bytes);
      const starts = new Uint32Array(buffer, byteOffset + 4, n);
      const firsts = new Uint8Array(buffer, byteOffset + 4 + n * 8, n);
      const bounds = new Uint32Array(n);
      let bound = new Uint32Array(buffer, byteOffset, 1)[0] as number;
      for (let i = 0; i < n; i++) {
        if (firsts[i] === 1) bound = starts[i] as number;
        bounds[i] = bound;
      }
      const value = {
        starts,
        processes: new Uint16Array(buffer, byteOffset + 4 + n * 4, n),
        durations: new Uint16Array(buffer, byteOffset + 4 + n * 6, n),
        firsts,
        bounds,
      };
      return { value, bytes: n * 13 };
    });
  }

  /** Milliseconds of a start in the columns; an upper bound when it is far from the block's newest. */
  startMs(start: number): number {
    return this.header.maxStartMs - start;
  }

  isStartKnown(start: number): boolean {
    return start !== START_UNKNOWN;
  }

  processNumber(ordinal: number): number {
    const row = this.#dataRow(this.#rowOf(ordinal));
    return row.meta[(ordinal - this.#rowStart(ordinal)) * META_WORDS + 2] as number;
  }

  /** The span with this ordinal; its bytes are the cache's and must not be changed. */
  span(ordinal: number): EncodedSpan {
    const number = this.#rowOf(ordinal);
    const row = this.#dataRow(number);
    const index = ordinal - (this.header.rowFirst[number] as number);
    const at = index * META_WORDS;
    const start = row.offsets[index];
    if (start === undefined) throw new DamagedRowError(`block ${this.header.id} has no span ${ordinal}`);
    const word = row.meta[at + 3] as number;
    const traceIdStart = start + (word >>> 1);
    const end = start + (row.meta[at] as number);
    if (traceIdStart + 16 > end) throw new DamagedRowError(`block ${this.header.id}: span ${ordinal} has no trace id`);
    const process = this.process(row.meta[at + 2] as number).process;
    return new EncodedSpan(row.bytes, start, end, process, traceIdStart, row.meta[at + 1] as number, (word & 1) === 1);
  }

  #rowStart(ordinal: number): number {
    return this.header.rowFirst[this.#rowOf(ordinal)] as number;
  }

  /** The data row that holds an ordinal. */
  #rowOf(ordinal: number): number {
    const { rowFirst } = this.header;
    let low = 0;
    let high = rowFirst.length;
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if ((rowFirst[middle] as number) <= ordinal) low = middle;
      else high = middle;
    }
    return low;
  }

  #dataRow(number: number): DataRow {
    return this.#row(ROW.data, number, () => {
      const bytes = this.#inflated(ROW.data, number);
      const { buffer, byteOffset } = aligned(bytes);
      const count = new Uint32Array(buffer, byteOffset, 1)[0] as number;
      const headerLength = 4 + count * META_WORDS * 4;
      if (headerLength > bytes.length) throw new DamagedRowError(`data row ${number} is damaged`);
      const meta = new Uint32Array(buffer, byteOffset + 4, count * META_WORDS);
      const offsets = new Uint32Array(count);
      let at = headerLength;
      for (let i = 0; i < count; i++) {
        offsets[i] = at;
        at += meta[i * META_WORDS] as number;
      }
      if (at !== bytes.length) throw new DamagedRowError(`data row ${number} is damaged`);
      return { value: { bytes, meta, offsets }, bytes: bytes.length + count * 4 };
    });
  }

  #hashRow(kind: RowKind, number: number): HashRow {
    return this.#row(kind, number, () => {
      const bytes = this.#checked(kind, number);
      const n = countOf(bytes, 8);
      const value = {
        hashes: new Uint32Array(bytes.buffer, 4, n),
        first: new Uint16Array(bytes.buffer, 4 + n * 4, n),
        second: new Uint16Array(bytes.buffer, 4 + n * 6, n),
      };
      return { value, bytes: bytes.length };
    });
  }

  #row<T extends object>(kind: RowKind, number: number, load: () => { value: T; bytes: number }): T {
    return this.#cache.get((this.#uid * 16 + kind) * 65_536 + number, load);
  }

  #inflated(kind: RowKind, number: number): Buffer {
    const packed = this.slice.read(this.header.id, kind, number);
    try {
      const length = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
      if (length > MAX_ROW_BYTES) throw new RangeError(`${length} bytes are too many`);
      return this.#zstd.decompress(packed.subarray(4), length);
    } catch (error) {
      throw new DamagedRowError(`block ${this.header.id}, row ${kind}/${number} cannot be decompressed`, {
        cause: error,
      });
    }
  }

  /** A row that ends in its checksum, without it. */
  #checked(kind: RowKind, number: number): Uint8Array<ArrayBuffer> {
    const read = this.slice.read(this.header.id, kind, number);
    const bytes =
      read.byteOffset === 0 && read.buffer instanceof ArrayBuffer ? (read as Uint8Array<ArrayBuffer>) : read.slice();
    const length = bytes.length - 4;
    const stored = length < 4 ? -1 : new DataView(bytes.buffer, length, 4).getUint32(0, true);
    if (stored !== zlib.crc32(bytes.subarray(0, Math.max(0, length)))) {
      throw new DamagedRowError(`block ${this.header.id}, row ${kind}/${number} has a wrong checksum`);
    }
    return bytes.subarray(0, length);
  }
}

const EMPTY_WORDS = new Uint16Array(0);

function countOf(bytes: Uint8Array, bytesEach: number): number {
  const n = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + n * bytesEach > bytes.length) throw new DamagedRowError("row is shorter than it says");
  return n;
}

/** The same bytes where typed arrays of words can look at them. */
function aligned(bytes: Buffer): Buffer {
  return bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(new Uint8Array(bytes));
}

/** The first index whose value is at least `hash`. */
function lowerBound(hashes: Uint32Array, hash: number): number {
  let low = 0;
  let high = hashes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((hashes[middle] as number) < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}
