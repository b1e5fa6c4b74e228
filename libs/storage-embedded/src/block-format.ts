/**
 * How a block lies in a slice's table `row(id INTEGER PRIMARY KEY, data BLOB)`.
 *
 * Spans of a block are numbered (their *ordinals*) so that traces stand together, the trace with the newest span
 * first, and the newest span of a trace first. Lists of ordinals are therefore nearly in the order in which a search wants them.
 *
 * | kind | rows | content |
 * |---|---|---|
 * | data | about 32 KiB of spans each | zstd of u32 count, 4 words a span (PackedSpans), bytes |
 * | columns | 1,024 spans each | zstd of u32 carry, then by column: u32 start, u16 process, u16 duration, u8 first-of-trace |
 * | keys | 2^keyBits | the inverted index by the top bits of the hash: u32 n, n u32 hashes, n u16 (count - 1), postings |
 * | traces | 2^traceBits | the same for trace ids: u32 n, n u32 hashes, n u16 first ordinals, n u16 (spans - 1) |
 * | processes | 16 each | zstd of entries as in PackedSpans |
 * | processKeys | 1 | u32 n, n u32 hashes, n u16 process numbers: which processes have a service or tag |
 *
 * The index holds operation, service, tags and log fields of each span. Process tags are only in processKeys, for a process has many spans;
 * the service is in both, since nearly every search names one.
 *
 * Start in the columns is milliseconds before the block's newest start (2^32 - 1: that or more). A posting is a list of
 * u16 ordinals, or, above 4,096 of them, a bitmap of 65,536 bits. Compressed rows are u32 length and a zstd frame with
 * a checksum; the others end in the CRC-32 of what stands before. Numbers are little-endian.
 */
export const ROW = { data: 0, columns: 1, keys: 2, traces: 3, processes: 4, processKeys: 5 } as const;
export type RowKind = (typeof ROW)[keyof typeof ROW];

/** Where a block's rows go. `data` is only valid during the call. */
export type RowSink = (kind: RowKind, number: number, data: Uint8Array) => void;

export const FORMAT_VERSION = 1;
/**
 * Bytes of spans in a data row, before compression; a longer span has a row to itself. Longer rows take less room and less time to
 * write, but a search that finds a thousand traces decompresses as many rows.
 */
export const DATA_ROW_BYTES = 32 * 1024;
export const COLUMN_SPANS = 1024;
export const PROCESSES_PER_ROW = 16;
/** Longer lists of ordinals are bitmaps. */
export const MAX_LIST = 4096;
export const BITMAP_WORDS = 4096;
export const RANGE_WORDS = 3;
export const START_UNKNOWN = 0xffffffff;

export function rowId(block: number, kind: RowKind, number: number): number {
  return (block * 16 + kind) * 65_536 + number;
}

/** What a reader keeps in memory of a block. */
export interface BlockHeader {
  readonly id: number;
  readonly spanCount: number;
  readonly traceCount: number;
  readonly processCount: number;
  readonly minStartMs: number;
  readonly maxStartMs: number;
  readonly lastArrivalMs: number;
  /** The newest journal segment whose spans are in it. */
  readonly lastSegment: number;
  readonly keyBits: number;
  readonly traceBits: number;
  readonly tenants: readonly string[];
  /** First ordinal of each data row. */
  readonly rowFirst: Uint32Array;
  /**
   * Of each columns row, three words: its oldest start (as in the columns), its smallest duration, its largest. What a
   * search cannot match in any span of a row it steps over unread.
   */
  readonly columnRanges: Uint32Array;
}
