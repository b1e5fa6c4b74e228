import { HEAP, type MemoryUse } from "./memory-use.ts";
import { SPAN, type SpanTable } from "./span-table.ts";

const FIRST_SLAB_BYTES = 16 * 1024;
const SLAB_BYTES = 1024 * 1024;
/** A record is a span's number and length, then its bytes. */
const HEADER_BYTES = 8;

interface Slab {
  readonly index: number;
  readonly bytes: Buffer;
  used: number;
  /** Bytes of records whose span is still stored. */
  live: number;
}

/**
 * Bytes of spans in slabs that are only appended to. Copying a span here lets go of the request it came in. A slab
 * whose spans are gone is dropped; of one that is more than half empty the rest moves to the newest slab, so the memory
 * held is at most twice the bytes stored. A slab is never written to again where a reader may look, and readers keep
 * dropped slabs alive by themselves.
 */
export class SlabLog {
  readonly #spans: SpanTable;
  readonly #use: MemoryUse;
  readonly #slabs: (Slab | undefined)[] = [];
  readonly #freeIndexes: number[] = [];
  #current: Slab | undefined;
  #nextBytes = FIRST_SLAB_BYTES;

  constructor(spans: SpanTable, use: MemoryUse) {
    this.#spans = spans;
    this.#use = use;
  }

  /** Copies `buffer[start, end)` and `tail` behind each other and notes in the span's record where they are. */
  append(span: number, buffer: Uint8Array, start: number, end: number, tail: Uint8Array): void {
    const length = end - start + tail.length;
    const slab = this.#room(length);
    const offset = this.#place(slab, span, length);
    copy(buffer, start, end, slab.bytes, offset);
    if (tail.length > 0) slab.bytes.set(tail, offset + end - start);
  }

  bytes(slab: number): Buffer {
    return this.#slab(slab).bytes;
  }

  /** Takes note that a span's bytes are needed no more. */
  release(span: number): void {
    const slab = this.#slab(this.#spans.get(span, SPAN.slab));
    slab.live -= this.#spans.get(span, SPAN.length) + HEADER_BYTES;
    this.#spans.set(span, SPAN.slab, -1);
    if (slab === this.#current) return;
    if (slab.live > 0 && slab.live * 2 < slab.used) this.#move(slab);
    if (slab.live === 0) this.#drop(slab);
  }

  #slab(index: number): Slab {
    const slab = this.#slabs[index];
    if (slab === undefined) throw new Error(`slab ${index} is gone`);
    return slab;
  }

  #place(slab: Slab, span: number, length: number): number {
    const { bytes, used } = slab;
    bytes.writeInt32LE(span, used);
    bytes.writeInt32LE(length, used + 4);
    const offset = used + HEADER_BYTES;
    slab.used = offset + length;
    slab.live += HEADER_BYTES + length;
    this.#spans.set(span, SPAN.slab, slab.index);
    this.#spans.set(span, SPAN.offset, offset);
    this.#spans.set(span, SPAN.length, length);
    return offset;
  }

  #room(length: number): Slab {
    const needed = length + HEADER_BYTES;
    const current = this.#current;
    if (current !== undefined && current.bytes.length - current.used >= needed) return current;
    // A span that is large beside a slab gets one of its own, so that the current one is not left half empty.
    if (needed > this.#nextBytes / 4) return this.#open(needed);
    const opened = this.#open(this.#nextBytes);
    this.#nextBytes = Math.min(SLAB_BYTES, this.#nextBytes * 2);
    this.#current = opened;
    if (current !== undefined && current.live === 0) this.#drop(current);
    return opened;
  }

  #open(size: number): Slab {
    const index = this.#freeIndexes.pop() ?? this.#slabs.length;
    const slab: Slab = { index, bytes: Buffer.allocUnsafeSlow(size), used: 0, live: 0 };
    this.#slabs[index] = slab;
    this.#use.add(size + HEAP.slab);
    return slab;
  }

  #drop(slab: Slab): void {
    this.#slabs[slab.index] = undefined;
    this.#freeIndexes.push(slab.index);
    this.#use.add(-(slab.bytes.length + HEAP.slab));
  }

  /** Moves what is still stored to the current slab. */
  #move(slab: Slab): void {
    const { bytes, used, index } = slab;
    for (let at = 0; at < used; ) {
      const span = bytes.readInt32LE(at);
      const length = bytes.readInt32LE(at + 4);
      const offset = at + HEADER_BYTES;
      at = offset + length;
      if (this.#spans.get(span, SPAN.slab) !== index || this.#spans.get(span, SPAN.offset) !== offset) continue;
      const target = this.#room(length);
      copy(bytes, offset, at, target.bytes, this.#place(target, span, length));
    }
    slab.live = 0;
  }
}

const copyInto = Buffer.prototype.copy;

/** As `to.set(from.subarray(start, end), offset)`, which makes an object for each call. */
function copy(from: Uint8Array, start: number, end: number, to: Buffer, offset: number): void {
  copyInto.call(from as Buffer, to, offset, start, end);
}
