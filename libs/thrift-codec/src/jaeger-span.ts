import {
  type EncodedProcess,
  type SpanBatchBuilder,
  type WireWriter,
  writeDurationNs,
  writeDurationUnits,
  writeTimestampUnits,
} from "@spoor/span-wire";
import type { ThriftError } from "./errors.ts";
import type { TagTranscoder } from "./jaeger-tag.ts";
import type { ThriftReader } from "./reader.ts";
import { checkStructs, inField, inStruct, missing } from "./struct-errors.ts";
import { TYPE } from "./types.ts";

const MICROS = 1e6;
/** Fields of Span that v1 requires, in the order in which it misses them. */
const SPAN_FIELDS: Fields = [
  [1, "TraceIdLow"],
  [2, "TraceIdHigh"],
  [3, "SpanId"],
  [4, "ParentSpanId"],
  [5, "OperationName"],
  [7, "Flags"],
  [8, "StartTime"],
  [9, "Duration"],
];
const SPAN_REQUIRED = bitsOf(SPAN_FIELDS);
/** Types of Span's fields, by number. */
const SPAN_TYPES: readonly number[] = [
  -1,
  TYPE.i64,
  TYPE.i64,
  TYPE.i64,
  TYPE.i64,
  TYPE.string,
  TYPE.list,
  TYPE.i32,
  TYPE.i64,
  TYPE.i64,
  TYPE.list,
  TYPE.list,
];
const REFERENCE_FIELDS: Fields = [
  [1, "RefType"],
  [2, "TraceIdLow"],
  [3, "TraceIdHigh"],
  [4, "SpanId"],
];
const REFERENCE_REQUIRED = bitsOf(REFERENCE_FIELDS);
const GO_NAMES = { span: "*jaeger.Span", reference: "*jaeger.SpanRef", log: "*jaeger.Log" } as const;

/**
 * Transcodes `Span{1 traceIdLow, 2 traceIdHigh, 3 spanId, 4 parentSpanId, 5 operationName, 6 references, 7 flags, 8 startTime,
 * 9 duration, 10 tags, 11 logs}` into wire form.
 */
export class SpanTranscoder {
  readonly #reader: ThriftReader;
  readonly #builder: SpanBatchBuilder;
  readonly #tags: TagTranscoder;
  // Of the span being read.
  #traceLowLow = 0;
  #traceLowHigh = 0;
  #traceHighLow = 0;
  #traceHighHigh = 0;
  #spanLow = 0;
  #spanHigh = 0;
  #parentLow = 0;
  #parentHigh = 0;
  /** Seven numbers for each reference, up to `#referencesEnd`; an array that is emptied would give its memory away. */
  readonly #references: number[] = [];
  #referencesEnd = 0;

  constructor(reader: ThriftReader, builder: SpanBatchBuilder, tags: TagTranscoder) {
    this.#reader = reader;
    this.#builder = builder;
    this.#tags = tags;
  }

  /** Reads a span and adds it to the builder. */
  transcode(process: EncodedProcess): void {
    const reader = this.#reader;
    const start = reader.position;
    const saved = reader.structBegin();
    this.#builder.beginSpan(process);
    if (!this.#fieldsInOrder()) {
      this.#builder.discardSpan();
      this.#builder.beginSpan(process);
      reader.position = start;
      reader.structEnd(saved);
      reader.structBegin();
      this.#fieldsInAnyOrder();
    }
    reader.structEnd(saved);
    this.#builder.endSpan();
  }

  /**
   * Transcodes a span's fields as they come, in ascending order of their numbers, which is how every client sends them and also
   * protobuf's order. False, with nothing decided, when they come in another.
   */
  #fieldsInOrder(): boolean {
    const reader = this.#reader;
    const builder = this.#builder;
    const writer = builder.writer;
    let seen = 0;
    let last = 0;
    let hasIds = false;
    let hasReferences = false;
    let known = false;
    try {
      for (;;) {
        known = false;
        const type = reader.fieldBegin();
        if (type === TYPE.stop) break;
        const id = reader.fieldId;
        if (type !== SPAN_TYPES[id]) {
          reader.skip(type);
          continue;
        }
        if (id <= last) return false;
        last = id;
        known = true;
        seen |= 1 << id;
        if (id > 4 && !hasIds) {
          hasIds = true;
          this.#writeIds();
        }
        if (id > 6 && !hasReferences) {
          hasReferences = true;
          this.#writeReferences();
        }
        switch (id) {
          case 1:
            reader.i64();
            this.#traceLowLow = reader.low;
            this.#traceLowHigh = reader.high;
            break;
          case 2:
            reader.i64();
            this.#traceHighLow = reader.low;
            this.#traceHighHigh = reader.high;
            break;
          case 3:
            reader.i64();
            this.#spanLow = reader.low;
            this.#spanHigh = reader.high;
            break;
          case 4:
            reader.i64();
            this.#parentLow = reader.low;
            this.#parentHigh = reader.high;
            break;
          case 5:
            reader.string();
            if (reader.stringEnd > reader.stringStart) {
              writer.bytesField(3, reader.buffer, reader.stringStart, reader.stringEnd);
            }
            break;
          case 6:
            hasReferences = true;
            this.#readReferences();
            this.#writeReferences();
            break;
          case 7:
            builder.flags(reader.i32());
            break;
          case 8:
            reader.i64();
            writeTimestampUnits(writer, 6, reader.low, reader.high, MICROS);
            break;
          case 9:
            reader.i64();
            writeDurationUs(writer, reader.low, reader.high);
            break;
          case 10:
            this.#tags.transcodeList(writer, 8);
            break;
          default:
            this.#readLogs(writer);
        }
      }
    } catch (error) {
      throw inField(error, reader, GO_NAMES.span, known);
    }
    if ((seen & SPAN_REQUIRED) !== SPAN_REQUIRED) throw missingOf(SPAN_FIELDS, seen);
    return true;
  }

  /** Reads the plain fields first, then goes back for the lists. Of a field that comes twice the last counts, as in Go. */
  #fieldsInAnyOrder(): void {
    const reader = this.#reader;
    const writer = this.#builder.writer;
    const at: number[] = [];
    let seen = 0;
    let known = false;
    try {
      for (let type = reader.fieldBegin(); type !== TYPE.stop; type = reader.fieldBegin()) {
        const id = reader.fieldId;
        known = type === SPAN_TYPES[id];
        if (known) {
          seen |= 1 << id;
          at[id] = reader.position;
        }
        reader.skip(type);
        known = false;
      }
    } catch (error) {
      throw inField(error, reader, GO_NAMES.span, known);
    }
    if ((seen & SPAN_REQUIRED) !== SPAN_REQUIRED) throw missingOf(SPAN_FIELDS, seen);
    const end = reader.position;
    const visit = (id: number, read: () => void): void => {
      const position = at[id];
      if (position === undefined) return;
      reader.position = position;
      read();
    };
    const i64 = (id: number): void => visit(id, () => reader.i64());
    i64(1);
    this.#traceLowLow = reader.low;
    this.#traceLowHigh = reader.high;
    i64(2);
    this.#traceHighLow = reader.low;
    this.#traceHighHigh = reader.high;
    i64(3);
    this.#spanLow = reader.low;
    this.#spanHigh = reader.high;
    i64(4);
    this.#parentLow = reader.low;
    this.#parentHigh = reader.high;
    this.#writeIds();
    visit(5, () => {
      reader.string();
      if (reader.stringEnd > reader.stringStart) {
        writer.bytesField(3, reader.buffer, reader.stringStart, reader.stringEnd);
      }
    });
    visit(6, () => this.#readReferences());
    this.#writeReferences();
    visit(7, () => this.#builder.flags(reader.i32()));
    i64(8);
    writeTimestampUnits(writer, 6, reader.low, reader.high, MICROS);
    i64(9);
    writeDurationUs(writer, reader.low, reader.high);
    visit(10, () => this.#tags.transcodeList(writer, 8));
    visit(11, () => this.#readLogs(writer));
    reader.position = end;
  }

  #writeIds(): void {
    this.#referencesEnd = 0;
    this.#builder.traceIdWords(this.#traceHighHigh, this.#traceHighLow, this.#traceLowHigh, this.#traceLowLow);
    this.#builder.spanIdWords(this.#spanHigh, this.#spanLow);
  }

  #readReferences(): void {
    const count = this.#reader.listBegin();
    checkStructs(this.#reader, count, GO_NAMES.reference);
    try {
      for (let i = 0; i < count; i++) this.#readReference();
    } catch (error) {
      throw inStruct(error, GO_NAMES.reference);
    }
  }

  /** Reads a `SpanRef{1 refType, 2 traceIdLow, 3 traceIdHigh, 4 spanId}`. */
  #readReference(): void {
    const reader = this.#reader;
    const references = this.#references;
    const at = this.#referencesEnd;
    this.#referencesEnd += 7;
    while (references.length < this.#referencesEnd) references.push(0);
    let seen = 0;
    let known = false;
    const saved = reader.structBegin();
    try {
      for (let type = reader.fieldBegin(); type !== TYPE.stop; type = reader.fieldBegin()) {
        const id = reader.fieldId;
        known = (id === 1 && type === TYPE.i32) || (id >= 2 && id <= 4 && type === TYPE.i64);
        if (!known) reader.skip(type);
        else if (id === 1) references[at] = reader.i32();
        else {
          reader.i64();
          references[at + id * 2 - 3] = reader.low;
          references[at + id * 2 - 2] = reader.high;
        }
        if (known) seen |= 1 << id;
        known = false;
      }
    } catch (error) {
      throw inField(error, reader, GO_NAMES.reference, known);
    }
    reader.structEnd(saved);
    if ((seen & REFERENCE_REQUIRED) !== REFERENCE_REQUIRED) throw missingOf(REFERENCE_FIELDS, seen);
  }

  /** Writes the references read. A parent that none of them names comes first, as CHILD_OF. */
  #writeReferences(): void {
    const references = this.#references;
    const builder = this.#builder;
    const hasParent = this.#parentLow !== 0 || this.#parentHigh !== 0;
    if (hasParent && !this.#isParentReferenced()) {
      builder.referenceWords(
        "CHILD_OF",
        this.#traceHighHigh,
        this.#traceHighLow,
        this.#traceLowHigh,
        this.#traceLowLow,
        this.#parentHigh,
        this.#parentLow,
      );
    }
    for (let i = 0; i < this.#referencesEnd; i += 7) {
      builder.referenceWords(
        references[i] === 1 ? "FOLLOWS_FROM" : "CHILD_OF",
        references[i + 4] as number,
        references[i + 3] as number,
        references[i + 2] as number,
        references[i + 1] as number,
        references[i + 6] as number,
        references[i + 5] as number,
      );
    }
  }

  #isParentReferenced(): boolean {
    const references = this.#references;
    for (let i = 0; i < this.#referencesEnd; i += 7) {
      if (
        references[i + 1] === this.#traceLowLow &&
        references[i + 2] === this.#traceLowHigh &&
        references[i + 3] === this.#traceHighLow &&
        references[i + 4] === this.#traceHighHigh &&
        references[i + 5] === this.#parentLow &&
        references[i + 6] === this.#parentHigh
      ) {
        return true;
      }
    }
    return false;
  }

  #readLogs(writer: WireWriter): void {
    const count = this.#reader.listBegin();
    checkStructs(this.#reader, count, GO_NAMES.log);
    try {
      for (let i = 0; i < count; i++) this.#readLog(writer);
    } catch (error) {
      throw inStruct(error, GO_NAMES.log);
    }
  }

  /** Reads a `Log{1 timestamp, 2 fields}`. */
  #readLog(writer: WireWriter): void {
    const reader = this.#reader;
    const mark = writer.begin(9);
    let seen = 0;
    let known = false;
    const saved = reader.structBegin();
    try {
      for (let type = reader.fieldBegin(); type !== TYPE.stop; type = reader.fieldBegin()) {
        const id = reader.fieldId;
        known = true;
        if (id === 1 && type === TYPE.i64) {
          seen |= 2;
          reader.i64();
          writeTimestampUnits(writer, 1, reader.low, reader.high, MICROS);
        } else if (id === 2 && type === TYPE.list) {
          seen |= 4;
          this.#tags.transcodeList(writer, 2);
        } else {
          known = false;
          reader.skip(type);
        }
        known = false;
      }
    } catch (error) {
      throw inField(error, reader, GO_NAMES.log, known);
    }
    reader.structEnd(saved);
    if ((seen & 2) === 0) throw missing("Timestamp");
    if ((seen & 4) === 0) throw missing("Fields");
    writer.end(mark);
  }
}

type Fields = readonly (readonly [id: number, name: string])[];

function bitsOf(fields: Fields): number {
  return fields.reduce((bits, [id]) => bits | (1 << id), 0);
}

function missingOf(fields: Fields, seen: number): ThriftError {
  const field = fields.find(([id]) => (seen & (1 << id)) === 0);
  return missing(field?.[1] ?? "");
}

/** Go multiplies microseconds by 1000 in 64 bits, which wraps around for more than 292 years. */
function writeDurationUs(writer: WireWriter, low: number, high: number): void {
  // 2^63 / 1000 has 53.x bits: a high half within this is far from wrapping.
  if (high > -2_000_000 && high < 2_000_000) {
    writeDurationUnits(writer, 7, low, high, MICROS);
    return;
  }
  const us = (BigInt(high | 0) << 32n) | BigInt(low >>> 0);
  writeDurationNs(writer, 7, BigInt.asIntN(64, us * 1000n));
}
