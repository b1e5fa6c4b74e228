import { EncodedSpan, SpanWireError } from "@spoor/span-wire";
import { hashBytes, SEED } from "./hash.ts";
import { META_WORDS, type PackedSpans } from "./packed-spans.ts";
import { ProcessDictionary, type ProcessEntry } from "./process-dictionary.ts";
import type { SeenName, SeenNames } from "./seen-names.ts";
import { SpanScanner } from "./span-scanner.ts";

const NONE = -1;
/** Process numbers are 16 bits wide. */
const MAX_PROCESSES = 65_536;
/** More index keys than this and a memtable counts as full: 16 MiB of hashes. */
const MAX_HASHES = 4 * 1024 * 1024;

let lastUid = 0;

/**
 * The newest spans: durable in the journal, readable here, not yet a block. Everything is in typed arrays, one column a
 * fact, in order of arrival; searches walk the columns, which for 65,536 spans costs about what reading a few blocks'
 * rows does, and spares the write path any sorted structure.
 */
export class Memtable {
  readonly capacity: number;
  readonly scanner = new SpanScanner();
  processes = new ProcessDictionary();
  spanCount = 0;
  traceCount = 0;
  /** Bytes used of {@link arena}. */
  byteCount = 0;
  firstArrivalMs = 0;
  lastArrivalMs = 0;
  minStartMs = Number.POSITIVE_INFINITY;
  maxStartMs = Number.NEGATIVE_INFINITY;
  /** Names of the spans. */
  names: SeenName[] = [];
  /** Journal segments whose spans are here. */
  segments: number[] = [];
  /** Readers that still look at this memtable; it may not be used again before they are gone. */
  pins = 0;

  readonly arena: Buffer;
  readonly offset: Uint32Array;
  /** As in PackedSpans, with the dictionary's numbers for processes. */
  readonly meta: Uint32Array;
  readonly startMs: Float64Array;
  readonly duration: Uint16Array;
  readonly role: Uint8Array;
  /** Two words a span. */
  readonly spanId: Uint32Array;
  readonly parentId: Uint32Array;
  /** Index keys of span i are `scanner.hashes[hashEnd[i-1], hashEnd[i])`. */
  readonly hashEnd: Uint32Array;
  readonly trace: Uint16Array;
  /** The next span of the same trace, or -1. */
  readonly nextInTrace: Int32Array;

  readonly traceHash: Uint32Array;
  readonly traceFirst: Uint16Array;
  readonly traceLast: Uint16Array;
  readonly traceSize: Uint32Array;
  readonly traceMaxMs: Float64Array;
  readonly #slots: Int32Array;
  readonly #seenNames: SeenNames;
  #uid = ++lastUid;

  constructor(capacity: number, byteCapacity: number, seenNames: SeenNames) {
    this.capacity = capacity;
    this.#seenNames = seenNames;
    this.arena = Buffer.from(new ArrayBuffer(byteCapacity));
    this.offset = new Uint32Array(capacity);
    this.meta = new Uint32Array(capacity * META_WORDS);
    this.startMs = new Float64Array(capacity);
    this.duration = new Uint16Array(capacity);
    this.role = new Uint8Array(capacity);
    this.spanId = new Uint32Array(capacity * 2);
    this.parentId = new Uint32Array(capacity * 2);
    this.hashEnd = new Uint32Array(capacity);
    this.trace = new Uint16Array(capacity);
    this.nextInTrace = new Int32Array(capacity);
    this.traceHash = new Uint32Array(capacity);
    this.traceFirst = new Uint16Array(capacity);
    this.traceLast = new Uint16Array(capacity);
    this.traceSize = new Uint32Array(capacity);
    this.traceMaxMs = new Float64Array(capacity);
    this.#slots = new Int32Array(slotCount(capacity)).fill(NONE);
  }

  /** Empties it for new spans; the memory stays. */
  reset(): void {
    this.processes = new ProcessDictionary();
    this.spanCount = 0;
    this.traceCount = 0;
    this.byteCount = 0;
    this.minStartMs = Number.POSITIVE_INFINITY;
    this.maxStartMs = Number.NEGATIVE_INFINITY;
    this.segments = [];
    this.scanner.hashes.count = 0;
    this.#slots.fill(NONE);
    this.names = [];
    this.#uid = ++lastUid;
  }

  /** Whether these spans fit; a memtable that says no is full. */
  hasRoomFor(spanCount: number, byteCount: number): boolean {
    return (
      this.spanCount + spanCount <= this.capacity &&
      this.byteCount + byteCount <= this.arena.length &&
      this.scanner.hashes.count < MAX_HASHES
    );
  }

  /**
   * Numbers of the processes that the spans name, which {@link add} wants. Throws when they are malformed; `undefined`
   * when they are too many for this memtable.
   */
  register(packed: PackedSpans): Uint32Array | undefined {
    return this.processes.add(packed.processes, this.scanner, MAX_PROCESSES);
  }

  /** Copies the spans in and indexes them. `hasRoomFor` must have said yes. */
  add(packed: PackedSpans, processNumbers: Uint32Array, arrivalMs: number): void {
    this.arena.set(packed.bytes, this.byteCount);
    if (this.spanCount === 0) this.firstArrivalMs = arrivalMs;
    this.lastArrivalMs = arrivalMs;
    const meta = packed.meta;
    for (let i = 0; i < packed.spanCount; i++) {
      const at = i * META_WORDS;
      const process = processNumbers[meta[at + 2] as number] as number;
      this.#addSpan(meta[at] as number, meta[at + 1] as number, process, meta[at + 3] as number);
    }
  }

  #addSpan(length: number, flags: number, processNumber: number, traceIdWord: number): void {
    const index = this.spanCount;
    const start = this.byteCount;
    const scanner = this.scanner;
    const mark = scanner.hashes.count;
    const traceIdStart = start + (traceIdWord >>> 1);
    const process = this.processes.entries[processNumber] as ProcessEntry;
    let isIndexable = true;
    try {
      scanner.scan(this.arena, start, start + length, traceIdStart);
    } catch (error) {
      // Still readable by trace id.
      if (!(error instanceof SpanWireError)) throw error;
      isIndexable = false;
      scanner.hashes.count = mark;
    }
    scanner.hashes.push(process.serviceHash);
    this.offset[index] = start;
    const at = index * META_WORDS;
    this.meta[at] = length;
    this.meta[at + 1] = flags;
    this.meta[at + 2] = processNumber;
    this.meta[at + 3] = traceIdWord;
    const startMs = scanner.startMs;
    this.startMs[index] = startMs;
    if (startMs < this.minStartMs) this.minStartMs = startMs;
    if (startMs > this.maxStartMs) this.maxStartMs = startMs;
    this.duration[index] = scanner.duration;
    this.role[index] = scanner.role;
    this.spanId[2 * index] = scanner.spanIdHigh;
    this.spanId[2 * index + 1] = scanner.spanIdLow;
    this.parentId[2 * index] = scanner.parentIdHigh;
    this.parentId[2 * index + 1] = scanner.parentIdLow;
    this.hashEnd[index] = scanner.hashes.count;
    this.byteCount = start + length;
    this.spanCount = index + 1;
    this.#addToTrace(index, traceIdStart, process, startMs);
    if (isIndexable) this.#noteName(index, process);
  }

  #addToTrace(index: number, traceIdStart: number, process: ProcessEntry, startMs: number): void {
    const hash = traceKeyHash(this.arena, traceIdStart, process.tenantHash);
    const slot = this.#slotOf(hash, this.arena, traceIdStart, process.tenant);
    this.nextInTrace[index] = NONE;
    let trace = this.#slots[slot] as number;
    if (trace === NONE) {
      trace = this.traceCount++;
      this.#slots[slot] = trace;
      this.traceHash[trace] = hash;
      this.traceFirst[trace] = index;
      this.traceSize[trace] = 0;
      this.traceMaxMs[trace] = startMs;
    } else {
      this.nextInTrace[this.traceLast[trace] as number] = index;
      if (startMs > (this.traceMaxMs[trace] as number)) this.traceMaxMs[trace] = startMs;
    }
    this.traceLast[trace] = index;
    this.traceSize[trace] = (this.traceSize[trace] as number) + 1;
    this.trace[index] = trace;
  }

  #noteName(index: number, process: ProcessEntry): void {
    const { operationHash, kindHash } = this.scanner;
    const seen = this.#seenNames.of(() => this.span(index), process, operationHash, kindHash);
    if (seen === undefined || seen.memtable === this.#uid) return;
    seen.memtable = this.#uid;
    this.names.push(seen);
  }

  /** The span as the codec knows it; its bytes are the arena's. */
  span(index: number): EncodedSpan {
    const start = this.offset[index] as number;
    const at = index * META_WORDS;
    const word = this.meta[at + 3] as number;
    return new EncodedSpan(
      this.arena,
      start,
      start + (this.meta[at] as number),
      this.process(index).process,
      start + (word >>> 1),
      this.meta[at + 1] as number,
      (word & 1) === 1,
    );
  }

  process(index: number): ProcessEntry {
    return this.processes.entries[this.meta[index * META_WORDS + 2] as number] as ProcessEntry;
  }

  /** The number of a trace, or -1. */
  findTrace(hash: number, traceId: Uint8Array, tenant: string): number {
    return this.#slots[this.#slotOf(hash, traceId, 0, tenant)] as number;
  }

  #slotOf(hash: number, id: Uint8Array, idStart: number, tenant: string): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const trace = this.#slots[slot] as number;
      if (trace === NONE) return slot;
      if (this.traceHash[trace] !== hash) continue;
      const first = this.traceFirst[trace] as number;
      const at = (this.offset[first] as number) + ((this.meta[first * META_WORDS + 3] as number) >>> 1);
      let i = 0;
      while (i < 16 && this.arena[at + i] === id[idStart + i]) i++;
      if (i === 16 && this.process(first).tenant === tenant) return slot;
    }
  }
}

/** What traces are found by: the 16 bytes of the id, seeded by the tenant. */
export function traceKeyHash(bytes: Uint8Array, traceIdStart: number, tenantHash: number): number {
  return hashBytes(bytes, traceIdStart, traceIdStart + 16, tenantHash ^ SEED.trace);
}

function slotCount(capacity: number): number {
  let count = 16;
  while (count < capacity * 2) count *= 2;
  return count;
}
