import type { ReferenceType, SpanId, TraceId } from "@spoor/span-model";
import { type EncodedProcess, EncodedSpan } from "./encoded-span.ts";
import { writeHex } from "./ids.ts";
import { WireWriter } from "./writer.ts";

/**
 * Builds encoded spans one behind the other in one buffer, for transcoders. Between {@link beginSpan} and
 * {@link endSpan} the caller writes the span's fields in the order of their numbers: ids, references and flags through
 * the methods here, which note what an EncodedSpan says beside its bytes, all others (operation name 3, start time 6,
 * duration 7, tags 8, logs 9, warnings 12) straight into {@link writer}. Ids, start time and duration are not optional.
 */
export class SpanBatchBuilder {
  readonly writer: WireWriter;
  #spans: EncodedSpan[] = [];
  #start = 0;
  /** Bytes of the buffer that belong to batches taken. */
  #taken = 0;
  #process: EncodedProcess | undefined;
  #traceIdStart = -1;
  #flags = 0;
  #parentSpanId = -1;
  #followsFromSpanId = -1;

  constructor(capacity: number = 16_384) {
    this.writer = new WireWriter(capacity);
  }

  /** Spans ended so far. */
  get length(): number {
    return this.#spans.length;
  }

  /**
   * Begins a batch that {@link take} ends: forgets a batch begun before and makes room for `capacity` bytes, behind what was taken if the
   * buffer has so much left, otherwise in a new one of `slabBytes` at least.
   */
  begin(capacity: number, slabBytes: number): void {
    this.#spans = [];
    this.#process = undefined;
    this.writer.position = this.#taken;
    if (this.writer.buffer.length - this.#taken >= capacity) return;
    this.writer.renew(Math.max(capacity, slabBytes));
    this.#taken = 0;
  }

  /** The spans since {@link begin}. They share their buffer with batches taken before and after. */
  take(): EncodedSpan[] {
    this.#taken = this.writer.position;
    const spans = this.#spans;
    this.#spans = [];
    return spans;
  }

  beginSpan(process: EncodedProcess): void {
    this.#start = this.writer.position;
    this.#process = process;
    this.#traceIdStart = -1;
    this.#flags = 0;
    this.#parentSpanId = -1;
    this.#followsFromSpanId = -1;
  }

  /** Field 1, from 16 bytes at `start`. */
  traceId(bytes: Uint8Array, start: number): void {
    this.#traceIdStart = this.#id(1, bytes, start, 16);
  }

  traceIdHex(id: TraceId): void {
    this.#traceIdStart = this.#hex(1, id, 16);
  }

  /** Field 1, from the two halves of each 64-bit word, as in Thrift. */
  traceIdWords(highHigh: number, highLow: number, lowHigh: number, lowLow: number): void {
    this.#traceIdStart = this.#traceWords(1, highHigh, highLow, lowHigh, lowLow);
  }

  /** Field 2, from 8 bytes at `start`. */
  spanId(bytes: Uint8Array, start: number): void {
    this.#id(2, bytes, start, 8);
  }

  spanIdHex(id: SpanId): void {
    this.#hex(2, id, 8);
  }

  spanIdWords(high: number, low: number): void {
    this.#spanWords(2, high, low);
  }

  /** Field 4, from 16 bytes of trace id and 8 of span id. Comes after {@link traceId}. */
  reference(type: ReferenceType, traceId: Uint8Array, traceStart: number, spanId: Uint8Array, spanStart: number): void {
    const mark = this.writer.begin(4);
    const traceAt = this.#id(1, traceId, traceStart, 16);
    const spanAt = this.#id(2, spanId, spanStart, 8);
    this.#endReference(mark, type, traceAt, spanAt);
  }

  referenceHex(type: ReferenceType, traceId: TraceId, spanId: SpanId): void {
    const mark = this.writer.begin(4);
    const traceAt = this.#hex(1, traceId, 16);
    const spanAt = this.#hex(2, spanId, 8);
    this.#endReference(mark, type, traceAt, spanAt);
  }

  referenceWords(
    type: ReferenceType,
    highHigh: number,
    highLow: number,
    lowHigh: number,
    lowLow: number,
    spanHigh: number,
    spanLow: number,
  ): void {
    const mark = this.writer.begin(4);
    const traceAt = this.#traceWords(1, highHigh, highLow, lowHigh, lowLow);
    const spanAt = this.#spanWords(2, spanHigh, spanLow);
    this.#endReference(mark, type, traceAt, spanAt);
  }

  /** Field 5; zero is left out. */
  flags(flags: number): void {
    this.#flags = flags >>> 0;
    if (this.#flags === 0) return;
    this.writer.tag(5, 0);
    this.writer.varint32(this.#flags);
  }

  endSpan(): void {
    if (this.#process === undefined || this.#traceIdStart < 0)
      throw new Error("a span needs a beginning and a trace id");
    const parent = this.#parentSpanId >= 0 ? this.#parentSpanId : this.#followsFromSpanId;
    this.#spans.push(
      new EncodedSpan(
        this.writer.buffer,
        this.#start,
        this.writer.position,
        this.#process,
        this.#traceIdStart,
        this.#flags,
        parent < 0 || this.#isZero(parent),
      ),
    );
    this.#process = undefined;
  }

  /** Forgets what was written since {@link beginSpan}. */
  discardSpan(): void {
    this.writer.position = this.#start;
    this.#process = undefined;
  }

  /** The spans, in one buffer that is theirs alone; the builder is empty again. */
  finish(): EncodedSpan[] {
    const { buffer: grown, length } = this.writer.detach();
    // Spans may live long in queues: they do not keep much more memory than they need.
    const buffer = length * 4 < grown.length * 3 ? new Uint8Array(grown.subarray(0, length)) : grown;
    const spans = this.#spans;
    this.#spans = [];
    this.#taken = 0;
    this.#start = 0;
    // The buffer may have grown since a span was written.
    if (spans.every((span) => span.buffer === buffer)) return spans;
    return spans.map(
      ({ start, end, process, traceIdStart, flags, isRoot }) =>
        new EncodedSpan(buffer, start, end, process, traceIdStart, flags, isRoot),
    );
  }

  #endReference(mark: number, type: ReferenceType, traceAt: number, spanAt: number): void {
    const writer = this.writer;
    if (type === "FOLLOWS_FROM") {
      writer.tag(3, 0);
      writer.varint32(1);
    }
    // Shorter than 128 bytes, so that closing it moves nothing.
    writer.end(mark);
    if (this.#parentSpanId >= 0 || !this.#isOwnTrace(traceAt)) return;
    if (type === "CHILD_OF") this.#parentSpanId = spanAt;
    else if (this.#followsFromSpanId < 0) this.#followsFromSpanId = spanAt;
  }

  #hex(field: number, id: string, length: number): number {
    const writer = this.writer;
    writer.reserve(length + 2);
    const { buffer, position } = writer;
    buffer[position] = (field << 3) | 2;
    buffer[position + 1] = length;
    writeHex(buffer, position + 2, id, length);
    writer.position = position + 2 + length;
    return position + 2;
  }

  #id(field: number, bytes: Uint8Array, start: number, length: number): number {
    const writer = this.writer;
    writer.reserve(length + 2);
    const { buffer, position } = writer;
    buffer[position] = (field << 3) | 2;
    buffer[position + 1] = length;
    for (let i = 0; i < length; i++) buffer[position + 2 + i] = bytes[start + i] as number;
    writer.position = position + 2 + length;
    return position + 2;
  }

  #traceWords(field: number, highHigh: number, highLow: number, lowHigh: number, lowLow: number): number {
    const writer = this.writer;
    writer.reserve(18);
    const { buffer, position } = writer;
    buffer[position] = (field << 3) | 2;
    buffer[position + 1] = 16;
    word(buffer, position + 2, highHigh);
    word(buffer, position + 6, highLow);
    word(buffer, position + 10, lowHigh);
    word(buffer, position + 14, lowLow);
    writer.position = position + 18;
    return position + 2;
  }

  #spanWords(field: number, high: number, low: number): number {
    const writer = this.writer;
    writer.reserve(10);
    const { buffer, position } = writer;
    buffer[position] = (field << 3) | 2;
    buffer[position + 1] = 8;
    word(buffer, position + 2, high);
    word(buffer, position + 6, low);
    writer.position = position + 10;
    return position + 2;
  }

  #isOwnTrace(at: number): boolean {
    const buffer = this.writer.buffer;
    for (let i = 0; i < 16; i++) if (buffer[this.#traceIdStart + i] !== buffer[at + i]) return false;
    return true;
  }

  #isZero(at: number): boolean {
    const buffer = this.writer.buffer;
    for (let i = at; i < at + 8; i++) if (buffer[i] !== 0) return false;
    return true;
  }
}

/** 32 bits, big-endian. */
function word(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}
