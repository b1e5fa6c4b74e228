import * as fs from "node:fs";
import * as path from "node:path";
import { Block } from "./block.ts";
import type { BlockHeader } from "./block-format.ts";
import { isCorruption, messageOf } from "./engine-error.ts";
import { syncDirectory } from "./journal.ts";
import type { EngineLog } from "./messages.ts";
import type { NameIndex } from "./name-index.ts";
import type { EngineOptions } from "./options.ts";
import { RowCache } from "./row-cache.ts";
import {
  DamagedRowError,
  type OpenDatabase,
  removeUnfinishedSlices,
  Slice,
  SliceGoneError,
  sliceName,
  sliceNames,
} from "./slice.ts";
import { TraceFilter } from "./trace-filter.ts";
import { TraceHints } from "./trace-hints.ts";
import type { SliceView } from "./view.ts";
import { ZstdDecompressor } from "./zstd.ts";

/** Memory for the filters of all slices; the oldest slices do without when it is used up. */
const MAX_FILTER_BYTES = 48 * 1024 * 1024;

interface OpenSlice {
  readonly slice: Slice;
  /** Grows by one a slice; names go by it. */
  readonly generation: number;
  readonly blocks: Block[];
  filter: TraceFilter | undefined;
}

/** The slice files of a directory: opens them, adds blocks, drops the old, sets the damaged aside. */
export class SliceStore {
  readonly #options: EngineOptions;
  readonly #open: OpenDatabase;
  readonly #log: EngineLog;
  readonly #names: NameIndex;
  readonly cache: RowCache;
  readonly #zstd = new ZstdDecompressor();
  #slices: OpenSlice[] = [];
  #views: readonly SliceView[] | undefined;
  #lastGeneration = 0;
  /** The highest number that a slice has had. */
  #lastNumber = 0;
  /** The slice of a transaction that is under way. */
  #writing: OpenSlice | undefined;
  corrupt = 0;
  dropped = 0;
  unreadableRows = 0;

  constructor(options: EngineOptions, open: OpenDatabase, names: NameIndex, log: EngineLog) {
    this.#options = options;
    this.#open = open;
    this.#names = names;
    this.#log = log;
    this.cache = new RowCache(options.cacheBytes);
  }

  /** Opens what is there. A slice that cannot be opened is set aside. */
  load(): void {
    removeUnfinishedSlices(this.#options.directory);
    for (const name of sliceNames(this.#options.directory)) {
      let slice: Slice | undefined;
      this.#lastNumber = name.number;
      try {
        slice = Slice.open(this.#open, name);
        const entry: OpenSlice = { slice, generation: ++this.#lastGeneration, blocks: [], filter: undefined };
        for (const header of slice.blocks) entry.blocks.push(new Block(slice, header, this.cache, this.#zstd));
        for (const each of slice.names()) this.#names.add(each, entry.generation);
        this.#slices.push(entry);
      } catch (error) {
        slice?.close();
        this.#setAsideFile(name.file, error);
      }
    }
    // Newest first: those matter most when the memory does not do for all.
    for (const entry of [...this.#slices].reverse()) this.#buildFilter(entry);
  }

  /** The newest journal segment that is in a block. */
  get lastSegment(): number {
    return this.#slices.reduce((last, { slice }) => Math.max(last, slice.lastSegment), 0);
  }

  /** The generation of names that are not in a slice yet: they go to the current slice or to one after it. */
  get nextGeneration(): number {
    return this.#lastGeneration + 1;
  }

  get sliceCount(): number {
    return this.#slices.length;
  }

  get blockCount(): number {
    return this.#slices.reduce((sum, { blocks }) => sum + blocks.length, 0);
  }

  get byteLength(): number {
    return this.#slices.reduce((sum, { slice }) => sum + slice.byteLength, 0);
  }

  /** A snapshot, oldest first. */
  views(): readonly SliceView[] {
    this.#views ??= this.#slices.map(({ slice, blocks, filter }) => ({ slice, blocks: [...blocks], filter }));
    return this.#views;
  }

  /** Writes a block into the current slice, or a new one when that is full; it is readable when this resolves. */
  async addBlock(
    firstArrivalMs: number,
    nowMs: number,
    traceHashes: Iterable<number>,
    fill: (slice: Slice, blockId: number) => Promise<BlockHeader>,
  ): Promise<void> {
    const entry = this.#current(firstArrivalMs, nowMs);
    this.#writing = entry;
    try {
      const header = await fill(entry.slice, entry.slice.nextBlockId());
      const block = new Block(entry.slice, header, this.cache, this.#zstd);
      if (entry.filter !== undefined) {
        block.hints = new TraceHints(header.traceCount);
        for (const hash of traceHashes) {
          entry.filter.add(hash);
          block.hints.add(hash);
        }
      }
      entry.blocks.push(block);
      this.#views = undefined;
      this.#trimFilters();
    } catch (error) {
      if (isCorruption(error)) this.setAside(entry.slice, error);
      else if (entry.blocks.length === 0) this.#remove(entry);
      throw error;
    } finally {
      this.#writing = undefined;
    }
  }

  /**
   * A slice takes what arrives in its period, whatever the spans' own clocks say: a span dated years away is kept as long as any
   * other, and a hundred wrong clocks do not make a hundred files. Searches go by the range of starts that each block keeps.
   */
  #current(firstArrivalMs: number, nowMs: number): OpenSlice {
    const last = this.#slices.at(-1);
    const { sliceMs, maxSliceBytes, directory } = this.#options;
    if (
      last !== undefined &&
      Math.abs(nowMs - last.slice.name.createdMs) < sliceMs &&
      last.slice.byteLength < maxSliceBytes
    ) {
      return last;
    }
    const slice = Slice.create(this.#open, sliceName(directory, this.#lastNumber + 1, firstArrivalMs));
    this.#lastNumber = slice.name.number;
    syncDirectory(directory);
    const entry = { slice, generation: ++this.#lastGeneration, blocks: [], filter: new TraceFilter() };
    this.#slices.push(entry);
    this.#views = undefined;
    return entry;
  }

  /** Drops slices past their time, then the oldest while all together are too large. True when any went. */
  dropExpired(nowMs: number): boolean {
    const { retentionMs, maxBytes } = this.#options;
    let total = this.byteLength;
    let any = false;
    for (const entry of [...this.#slices]) {
      const isExpired = entry.slice.lastArrivalMs + retentionMs < nowMs;
      // The newest slice stays when it alone is over the size.
      const isTooMuch = total > maxBytes && entry !== this.#slices.at(-1);
      if ((!isExpired && !isTooMuch) || entry === this.#writing) continue;
      total -= entry.slice.byteLength;
      this.#remove(entry);
      this.dropped++;
      any = true;
      this.#log.info("slice dropped", { file: entry.slice.file, reason: isExpired ? "age" : "size" });
    }
    return any;
  }

  /** Lets go of names that only dropped slices had. `hasNewer`: some spans are not in a slice yet. */
  expireNames(hasNewer: boolean): void {
    const oldest = this.#slices[0]?.generation;
    this.#names.dropBefore(oldest ?? (hasNewer ? this.nextGeneration : Number.POSITIVE_INFINITY));
  }

  /** Deals with what a read of a slice met: a file that SQLite calls corrupt is set aside. */
  problem(slice: Slice, error: unknown): void {
    if (error instanceof SliceGoneError) return;
    if (isCorruption(error)) {
      this.setAside(slice, error);
      return;
    }
    this.unreadableRows++;
    if (error instanceof DamagedRowError || this.unreadableRows < 100) {
      this.#log.error("stored spans cannot be read", { file: slice.file, error: messageOf(error) });
    }
  }

  setAside(slice: Slice, error: unknown): void {
    const entry = this.#slices.find((each) => each.slice === slice);
    if (entry === undefined) return;
    this.#slices = this.#slices.filter((each) => each !== entry);
    this.#views = undefined;
    slice.close();
    this.#setAsideFile(slice.file, error);
  }

  close(): void {
    for (const { slice } of this.#slices) slice.close();
    this.#slices = [];
    this.#views = undefined;
  }

  #remove(entry: OpenSlice): void {
    this.#slices = this.#slices.filter((each) => each !== entry);
    this.#views = undefined;
    entry.slice.remove();
  }

  #setAsideFile(file: string, error: unknown): void {
    this.corrupt++;
    const target = `${file}.corrupt-${Date.now()}`;
    try {
      for (const suffix of ["", "-journal"]) {
        if (fs.existsSync(file + suffix)) fs.renameSync(file + suffix, target + suffix);
      }
      this.#log.error("a slice cannot be read and was set aside; its spans are not shown", {
        file: path.basename(file),
        movedTo: target,
        error: messageOf(error),
      });
    } catch (renameError) {
      this.#log.error("a slice cannot be read, nor be set aside", {
        file,
        error: messageOf(error),
        renameError: messageOf(renameError),
      });
    }
  }

  #buildFilter(entry: OpenSlice): void {
    const traces = entry.blocks.reduce((sum, { header }) => sum + header.traceCount, 0);
    if (this.#filterBytes() + traces * 3 > MAX_FILTER_BYTES) return;
    const filter = new TraceFilter();
    try {
      for (const block of entry.blocks) {
        const hints = new TraceHints(block.header.traceCount);
        block.forEachTraceHash((hash) => {
          filter.add(hash);
          hints.add(hash);
        });
        block.hints = hints;
      }
      entry.filter = filter;
    } catch (error) {
      this.problem(entry.slice, error);
    }
    this.#views = undefined;
  }

  #trimFilters(): void {
    for (const entry of this.#slices) {
      if (this.#filterBytes() <= MAX_FILTER_BYTES) return;
      entry.filter = undefined;
      for (const block of entry.blocks) block.hints = undefined;
      this.#views = undefined;
    }
  }

  #filterBytes(): number {
    let bytes = 0;
    for (const { filter, blocks } of this.#slices) {
      bytes += filter?.bytes ?? 0;
      for (const { hints } of blocks) bytes += hints?.bytes ?? 0;
    }
    return bytes;
  }
}
