import type { EncodedSpan } from "@spoor/span-wire";
import type { Block, ColumnRow } from "./block.ts";
import { COLUMN_SPANS, RANGE_WORDS } from "./block-format.ts";
import { hashText, SEED } from "./hash.ts";
import type { Memtable } from "./memtable.ts";
import { META_WORDS } from "./packed-spans.ts";
import type { Posting } from "./posting.ts";
import type { SearchPlan } from "./search-query.ts";

/** Spans of one block or memtable that may match a query, those of newer traces first. */
export interface Candidates {
  /** No candidate left starts later than this millisecond; -Infinity when there is none left. */
  readonly boundMs: number;
  /** The next candidate, and moves on. */
  take(): EncodedSpan;
  /** Leaves out what remains of the trace of the span taken last: none of its spans starts later. */
  skipTrace(): void;
}

/** A tag can be a span's own or its process's. */
interface TagCondition {
  readonly spans: Posting;
  readonly processes: Uint8Array | undefined;
}

/** Candidates of a block from its index rows and columns, found one at a time. */
export class BlockCandidates implements Candidates {
  readonly #block: Block;
  readonly #plan: SearchPlan;
  /** Every candidate is in these... */
  readonly #required: Posting[] = [];
  /** ...and meets these. */
  readonly #tags: TagCondition[] = [];
  /** By number, 1 for the processes whose spans can match; `undefined` when all can. */
  readonly #processes: Uint8Array | undefined;
  #columns: ColumnRow | undefined;
  #columnsFrom = 0;
  #next = -1;
  #taken = -1;
  boundMs = Number.NEGATIVE_INFINITY;

  constructor(block: Block, plan: SearchPlan) {
    this.#block = block;
    this.#plan = plan;
    const processes = this.#matchingProcesses();
    if (processes === NOTHING) return;
    this.#processes = processes;
    if (plan.serviceHash !== undefined) this.#required.push(block.posting(plan.serviceHash));
    if (plan.operationHash !== undefined) this.#required.push(block.posting(plan.operationHash));
    for (const hash of plan.tagHashes) {
      const spans = block.posting(hash);
      const numbers = block.processesWith(hash);
      if (numbers.length === 0) this.#required.push(spans);
      else this.#tags.push({ spans, processes: setOf(numbers, block.header.processCount) });
    }
    this.#required.sort((a, b) => a.count - b.count);
    if (this.#required[0]?.count === 0) return;
    this.#seek(0);
    this.#park();
  }

  #matchingProcesses(): Uint8Array | undefined | typeof NOTHING {
    const { header } = this.#block;
    const { query, serviceHash } = this.#plan;
    let set: Uint8Array | undefined;
    if (!header.tenants.includes(query.tenant)) return NOTHING;
    if (serviceHash !== undefined) {
      const numbers = this.#block.processesWith(serviceHash);
      if (numbers.length === 0) return NOTHING;
      set = setOf(numbers, header.processCount);
    }
    if (header.tenants.length === 1) return set;
    set ??= new Uint8Array(header.processCount).fill(1);
    for (let i = 0; i < set.length; i++) {
      if (set[i] === 1 && this.#block.process(i).tenant !== query.tenant) set[i] = 0;
    }
    return set;
  }

  take(): EncodedSpan {
    this.#taken = this.#next;
    this.#seek(this.#next + 1);
    this.#park();
    return this.#block.span(this.#taken);
  }

  skipTrace(): void {
    if (this.#next < 0) return;
    // The next trace begins at the next "first" flag.
    for (let ordinal = this.#taken + 1; ordinal < this.#block.header.spanCount; ordinal++) {
      const columns = this.#load(ordinal);
      if (columns.firsts[ordinal - this.#columnsFrom] === 1) {
        if (ordinal > this.#next) this.#seek(ordinal);
        this.#park();
        return;
      }
    }
    this.#end();
  }

  #seek(from: number): void {
    const { spanCount, maxStartMs } = this.#block.header;
    const { minMs, maxMs, minDuration, maxDuration } = this.#plan;
    const driver = this.#required[0];
    for (let ordinal = from; ; ordinal++) {
      if (driver !== undefined) {
        ordinal = driver.next(ordinal);
        if (ordinal < 0) break;
      }
      if (ordinal >= spanCount) break;
      if (!this.#isRowPossible(ordinal)) {
        ordinal += COLUMN_SPANS - 1 - (ordinal % COLUMN_SPANS);
        continue;
      }
      if (!this.#hasRequired(ordinal)) continue;
      const columns = this.#load(ordinal);
      const at = ordinal - this.#columnsFrom;
      const bound = maxStartMs - (columns.bounds[at] as number);
      if (bound < minMs) break;
      const duration = columns.durations[at] as number;
      if (duration < minDuration || duration > maxDuration) continue;
      const start = columns.starts[at] as number;
      const startMs = maxStartMs - start;
      if (startMs < minMs || (startMs > maxMs && this.#block.isStartKnown(start))) continue;
      const process = columns.processes[at] as number;
      if (this.#processes !== undefined && this.#processes[process] !== 1) continue;
      if (!this.#hasTags(ordinal, process)) continue;
      this.#next = ordinal;
      this.boundMs = Math.min(bound, maxMs);
      return;
    }
    this.#end();
  }

  /** Whether any span of the columns row that holds `ordinal` can match by start and duration. */
  #isRowPossible(ordinal: number): boolean {
    const { columnRanges, maxStartMs } = this.#block.header;
    const at = Math.floor(ordinal / COLUMN_SPANS) * RANGE_WORDS;
    const oldest = columnRanges[at] as number;
    const { maxMs, minDuration, maxDuration } = this.#plan;
    return (
      (columnRanges[at + 2] as number) >= minDuration &&
      (columnRanges[at + 1] as number) <= maxDuration &&
      (maxStartMs - oldest <= maxMs || !this.#block.isStartKnown(oldest))
    );
  }

  #hasRequired(ordinal: number): boolean {
    for (let i = 1; i < this.#required.length; i++) if (!(this.#required[i] as Posting).has(ordinal)) return false;
    return true;
  }

  #hasTags(ordinal: number, process: number): boolean {
    for (const { spans, processes } of this.#tags) {
      if (processes?.[process] !== 1 && !spans.has(ordinal)) return false;
    }
    return true;
  }

  #load(ordinal: number): ColumnRow {
    if (this.#columns === undefined || ordinal < this.#columnsFrom || ordinal >= this.#columnsFrom + COLUMN_SPANS) {
      this.#columns = this.#block.columns(ordinal);
      this.#columnsFrom = ordinal - (ordinal % COLUMN_SPANS);
    }
    return this.#columns;
  }

  /** Between calls only the cache holds the columns: hundreds of blocks may be open. */
  #park(): void {
    this.#columns = undefined;
  }

  #end(): void {
    this.#next = -1;
    this.boundMs = Number.NEGATIVE_INFINITY;
  }
}

const NOTHING = Symbol("no process matches");

function setOf(numbers: Uint16Array, size: number): Uint8Array {
  const set = new Uint8Array(size);
  for (const number of numbers) set[number] = 1;
  return set;
}

/** Candidates of a memtable: its columns walked once, then sorted by start. */
export class MemtableCandidates implements Candidates {
  readonly #memtable: Memtable;
  readonly #spans: Uint32Array;
  readonly #skipped = new Set<number>();
  #at = 0;
  #taken = -1;
  boundMs = Number.NEGATIVE_INFINITY;

  constructor(memtable: Memtable, plan: SearchPlan) {
    this.#memtable = memtable;
    this.#spans = matchingSpans(memtable, plan);
    this.#settle();
  }

  take(): EncodedSpan {
    const span = this.#spans[this.#at++] as number;
    this.#taken = this.#memtable.trace[span] as number;
    this.#settle();
    return this.#memtable.span(span);
  }

  skipTrace(): void {
    this.#skipped.add(this.#taken);
    this.#settle();
  }

  #settle(): void {
    const { trace, startMs } = this.#memtable;
    while (this.#at < this.#spans.length && this.#skipped.has(trace[this.#spans[this.#at] as number] as number))
      this.#at++;
    const span = this.#spans[this.#at];
    this.boundMs = span === undefined ? Number.NEGATIVE_INFINITY : (startMs[span] as number);
  }
}

/** Newest first. */
function matchingSpans(memtable: Memtable, plan: SearchPlan): Uint32Array {
  const { entries } = memtable.processes;
  const count = memtable.spanCount;
  const { startMs, duration, meta } = memtable;
  const tenantHash = hashText(plan.query.tenant, SEED.tenant);
  const fits = new Uint8Array(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (entry === undefined || entry.tenantHash !== tenantHash || entry.tenant !== plan.query.tenant) continue;
    if (plan.serviceHash === undefined || entry.hashes.includes(plan.serviceHash)) fits[i] = 1;
  }
  /** How many of the keys each span has. */
  const keys = plan.operationHash === undefined ? plan.tagHashes : [plan.operationHash, ...plan.tagHashes];
  const met = keys.length === 0 ? undefined : new Uint16Array(count);
  if (met !== undefined) {
    for (const [i, key] of keys.entries()) markKey(memtable, key, i, met);
  }
  const found = new Uint32Array(count);
  let n = 0;
  for (let span = 0; span < count; span++) {
    if (met !== undefined && met[span] !== keys.length) continue;
    if (fits[meta[span * META_WORDS + 2] as number] !== 1) continue;
    const start = startMs[span] as number;
    if (start < plan.minMs || start > plan.maxMs) continue;
    const bucket = duration[span] as number;
    if (bucket >= plan.minDuration && bucket <= plan.maxDuration) found[n++] = span;
  }
  return found.subarray(0, n).sort((a, b) => (startMs[b] as number) - (startMs[a] as number));
}

/** Raises `met` from `index` to `index + 1` for the spans that have the key, themselves or by their process. */
function markKey(memtable: Memtable, key: number, index: number, met: Uint16Array): void {
  const { values, count } = memtable.scanner.hashes;
  const { hashEnd, meta } = memtable;
  for (let at = 0; at < count; at++) {
    if (values[at] !== key) continue;
    const span = upperBound(hashEnd, memtable.spanCount, at);
    if (met[span] === index) met[span] = index + 1;
  }
  const withKey = new Uint8Array(memtable.processes.entries.length);
  let any = false;
  memtable.processes.entries.forEach((entry, i) => {
    if (!entry.hashes.includes(key)) return;
    withKey[i] = 1;
    any = true;
  });
  if (!any) return;
  for (let span = 0; span < met.length; span++) {
    if (met[span] === index && withKey[meta[span * META_WORDS + 2] as number] === 1) met[span] = index + 1;
  }
}

/** The first index below `length` whose value is above `value`. */
function upperBound(values: Uint32Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
