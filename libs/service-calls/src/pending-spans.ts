import { hexOf } from "@spoor/span-model";
import type { CallingSpan } from "./calling-span.ts";
import { TraceQueue } from "./trace-queue.ts";

/** A span that was stored. */
export interface StoredSpan extends CallingSpan {
  readonly startTimeMs: number;
  /** Whether another span may have the same id, as with Zipkin's clients; then both halves are looked for. */
  readonly mayShareId: boolean;
}

/** A span that was stored, whose ids stand in `buffer`: 16 bytes of the trace, 8 each of the span and of its parent. */
export interface StoredSpanBytes {
  readonly buffer: Uint8Array;
  readonly traceIdStart: number;
  readonly spanIdStart: number;
  /** -1 without a parent; so does an id of zeros say. */
  readonly parentSpanIdStart: number;
  readonly serviceName: string;
  readonly spanKind: string;
  readonly startTimeMs: number;
  readonly mayShareId: boolean;
}

/** Spans of a trace to be looked for in the store. */
export interface WantedSpans {
  readonly traceId: string;
  readonly spanIds: ReadonlySet<string>;
  /** The earliest and latest start of the spans that want them, milliseconds since the epoch. */
  readonly startTimeMinMs: number;
  readonly startTimeMaxMs: number;
}

export interface PendingTrace {
  readonly traceId: string;
  readonly spans: readonly StoredSpan[];
  readonly sinceMs: number;
}

/** Told of a span and of the service that called it, if any. */
export type CallVisitor = (startTimeMs: number, caller: string | undefined, serviceName: string) => void;

const FIRST_CAPACITY = 1024;
const ID_BYTES = 32;
const ID_WORDS = 8;
/** Where the words of each id begin. */
const SPAN_ID = 4;
const PARENT_ID = 6;
const CLIENT = 1;
const SERVER = 2;
const MAY_SHARE_ID = 4;
const HAS_PARENT = 8;
/** Callers of more spans than this are found with a map. */
const FEW = 64;

/**
 * Stored spans by trace, in the order in which the first of each trace came. They wait for long and are many: as objects they would be what
 * the garbage collector works on most, so they stand in columns, some 60 bytes a span.
 */
export class PendingSpans {
  #ids = new Uint8Array(FIRST_CAPACITY * ID_BYTES);
  #words = new Uint32Array(this.#ids.buffer);
  #startTimesMs = new Float64Array(FIRST_CAPACITY);
  #bits = new Uint8Array(FIRST_CAPACITY);
  #services: string[] = [];
  /** The next span of the trace, or the next slot that is free again; -1 behind the last. */
  #next = new Int32Array(FIRST_CAPACITY);
  #free = -1;
  /** Slots from here on were never used. */
  #unused = 0;
  #size = 0;
  readonly #traces = new TraceQueue(FIRST_CAPACITY);
  readonly #members = new Int32Array(FEW);

  /** Spans held. */
  get size(): number {
    return this.#size;
  }

  get traceCount(): number {
    return this.#traces.size;
  }

  /** Adds a span whose ids are bytes, which are copied. */
  add(span: StoredSpanBytes, nowMs: number): void {
    const { buffer, traceIdStart, spanIdStart, parentSpanIdStart, spanKind } = span;
    const slot = this.#slot();
    const ids = this.#ids;
    const at = slot * ID_BYTES;
    for (let i = 0; i < 16; i++) ids[at + i] = buffer[traceIdStart + i] as number;
    for (let i = 0; i < 8; i++) ids[at + 16 + i] = buffer[spanIdStart + i] as number;
    let any = 0;
    for (let i = 0; i < 8; i++) {
      const byte = parentSpanIdStart < 0 ? 0 : (buffer[parentSpanIdStart + i] as number);
      any |= byte;
      ids[at + 24 + i] = byte;
    }
    this.#startTimesMs[slot] = span.startTimeMs;
    this.#services[slot] = span.serviceName;
    this.#bits[slot] =
      (spanKind === "client" ? CLIENT : spanKind === "server" ? SERVER : 0) |
      (span.mayShareId ? MAY_SHARE_ID : 0) |
      (any === 0 ? 0 : HAS_PARENT);
    this.#next[slot] = -1;
    this.#size++;
    const last = this.#traces.put(this.#words, slot, nowMs);
    if (last >= 0) this.#next[last] = slot;
  }

  /** Adds a span whose ids are hex digits. */
  addText(traceId: string, span: StoredSpan, nowMs: number): void {
    const { spanId, parentSpanId, ...rest } = span;
    const buffer = Buffer.from(traceId + spanId + (parentSpanId ?? ""), "hex");
    const parentSpanIdStart = parentSpanId === undefined ? -1 : 24;
    this.add({ ...rest, buffer, traceIdStart: 0, spanIdStart: 16, parentSpanIdStart }, nowMs);
  }

  /** Whether the oldest trace waits since `beforeMs` or longer, or more than `keep` spans are held. */
  hasDue(beforeMs: number, keep: number): boolean {
    return this.#size > 0 && (this.#traces.oldestSinceMs <= beforeMs || this.#size > keep);
  }

  /**
   * Takes out the oldest trace if each of its spans has no parent or one span of the trace as its parent, and tells of each; else `0`,
   * and it stays. Returns the number of its spans.
   */
  takeWhole(visit: CallVisitor): number {
    const count = this.#traces.oldestCount;
    if (count > FEW) return 0;
    const members = this.#members;
    let slot = this.#traces.oldestFirst;
    for (let i = 0; i < count; i++) {
      members[i] = slot;
      slot = this.#next[slot] as number;
    }
    // Twice over its spans, so that nothing is told of a trace that then is none of these.
    for (let i = 0; i < count; i++) if (!this.#isPlain(i, count)) return 0;
    for (let i = 0; i < count; i++) {
      const member = members[i] as number;
      const parent = (this.#bits[member] as number) & HAS_PARENT ? this.#find(PARENT_ID, i, count) : -1;
      visit(
        this.#startTimesMs[member] as number,
        parent < 0 ? undefined : this.#services[members[parent] as number],
        this.#services[member] as string,
      );
    }
    this.#remove();
    return count;
  }

  /** Takes out the oldest trace; there must be one. */
  take(): PendingTrace {
    const spans: StoredSpan[] = [];
    const { oldestFirst, oldestSinceMs } = this.#traces;
    for (let slot = oldestFirst; slot >= 0; slot = this.#next[slot] as number) spans.push(this.#read(slot));
    const traceId = hexOf(this.#ids, oldestFirst * ID_BYTES, 16);
    this.#remove();
    return { traceId, spans, sinceMs: oldestSinceMs };
  }

  #read(slot: number): StoredSpan {
    const bits = this.#bits[slot] as number;
    const at = slot * ID_BYTES;
    return {
      spanId: hexOf(this.#ids, at + 16, 8),
      parentSpanId: bits & HAS_PARENT ? hexOf(this.#ids, at + 24, 8) : undefined,
      serviceName: this.#services[slot] as string,
      spanKind: bits & CLIENT ? "client" : bits & SERVER ? "server" : "",
      startTimeMs: this.#startTimesMs[slot] as number,
      mayShareId: (bits & MAY_SHARE_ID) !== 0,
    };
  }

  /** Whether no other span of the trace has this one's id, and one has its parent's. */
  #isPlain(i: number, count: number): boolean {
    const bits = this.#bits[this.#members[i] as number] as number;
    if (bits & MAY_SHARE_ID || this.#find(SPAN_ID, i, count) >= 0) return false;
    return (bits & HAS_PARENT) === 0 || this.#find(PARENT_ID, i, count) >= 0;
  }

  /** Which member other than `i` has the id that `i` has at `word`. */
  #find(word: number, i: number, count: number): number {
    const members = this.#members;
    const words = this.#words;
    const at = (members[i] as number) * ID_WORDS + word;
    const high = words[at];
    const low = words[at + 1];
    for (let j = 0; j < count; j++) {
      const other = (members[j] as number) * ID_WORDS + SPAN_ID;
      if (words[other] === high && words[other + 1] === low && j !== i) return j;
    }
    return -1;
  }

  #remove(): void {
    for (let slot = this.#traces.oldestFirst; slot >= 0; ) {
      const next = this.#next[slot] as number;
      this.#services[slot] = "";
      this.#next[slot] = this.#free;
      this.#free = slot;
      slot = next;
      this.#size--;
    }
    this.#traces.removeOldest(this.#words);
  }

  #slot(): number {
    if (this.#free >= 0) {
      const slot = this.#free;
      this.#free = this.#next[slot] as number;
      return slot;
    }
    if (this.#unused === this.#next.length) this.#grow();
    return this.#unused++;
  }

  #grow(): void {
    const capacity = this.#next.length * 2;
    this.#ids = grown(this.#ids, new Uint8Array(capacity * ID_BYTES));
    this.#words = new Uint32Array(this.#ids.buffer);
    this.#startTimesMs = grown(this.#startTimesMs, new Float64Array(capacity));
    this.#bits = grown(this.#bits, new Uint8Array(capacity));
    this.#next = grown(this.#next, new Int32Array(capacity));
  }
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}
