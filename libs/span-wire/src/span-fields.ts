import type { EncodedSpan } from "./encoded-span.ts";
import { KeyValuePlaces } from "./key-value-places.ts";
import { malformed, WireReader } from "./reader.ts";

const EMPTY = new Uint8Array(0);

/** A reference as places and numbers. */
export interface ReferenceFields {
  /** v1 shows a type it does not know as CHILD_OF. */
  followsFrom: boolean;
  /** The 16 bytes of the trace id. */
  traceIdStart: number;
  /** Halves of the span id, as signed 32-bit integers. */
  spanIdHigh: number;
  spanIdLow: number;
}

export interface LogFields {
  /** Nanoseconds are 0 to 999,999,999. */
  seconds: number;
  nanos: number;
  readonly fields: KeyValuePlaces[];
}

/** Bytes of a text. */
export interface TextPlaces {
  start: number;
  end: number;
}

/**
 * All of an encoded span, its process aside, as places in its buffer and plain numbers: what `decodeSpan` gives, without making
 * texts. One object reads one span after another and uses its parts again, so they hold until the next {@link read}; until then
 * whoever shows the span may change and reorder them.
 */
export class SpanFields {
  /** Where the places below are. */
  buffer: Uint8Array = EMPTY;
  /** The 16 bytes of the trace id. */
  traceIdStart = 0;
  /** Halves of the span id, as signed 32-bit integers. */
  spanIdHigh = 0;
  spanIdLow = 0;
  operationNameStart = 0;
  operationNameEnd = 0;
  flags = 0;
  /** Start and duration in whole seconds, with nanoseconds: 0 to 999,999,999 for the start, of the sign of the seconds for the duration. */
  startSeconds = 0;
  startNanos = 0;
  durationSeconds = 0;
  durationNanos = 0;
  readonly references: ReferenceFields[] = [];
  readonly tags: KeyValuePlaces[] = [];
  readonly logs: LogFields[] = [];
  readonly warnings: TextPlaces[] = [];
  readonly #reader = new WireReader(EMPTY);
  readonly #keyValues = new Pool(() => new KeyValuePlaces());
  readonly #references = new Pool<ReferenceFields>(() => {
    return { followsFrom: false, traceIdStart: 0, spanIdHigh: 0, spanIdLow: 0 };
  });
  readonly #logs = new Pool<LogFields>(() => ({ seconds: 0, nanos: 0, fields: [] }));
  #seconds = 0;
  #nanos = 0;

  read(span: EncodedSpan): this {
    const reader = this.#reader;
    const { buffer, end } = span;
    this.#clear();
    this.buffer = buffer;
    this.traceIdStart = span.traceIdStart;
    reader.open(buffer, span.start, end);
    let hasSpanId = false;
    let tags = 0;
    let logs = 0;
    let references = 0;
    while (reader.position < end) {
      const tag = reader.varint32();
      switch (tag) {
        case 0x42:
          this.tags[tags++] = this.#keyValue(reader);
          break;
        case 0x12: {
          const start = idStart(reader, 8);
          this.spanIdHigh = int32At(buffer, start);
          this.spanIdLow = int32At(buffer, start + 4);
          hasSpanId = true;
          break;
        }
        case 0x1a:
          this.operationNameStart = reader.bytes();
          this.operationNameEnd = reader.position;
          break;
        case 0x22:
          this.references[references++] = this.#reference(reader);
          break;
        case 0x28:
          this.flags = reader.varint32();
          break;
        case 0x32:
          this.#time(reader);
          this.startSeconds = this.#seconds;
          this.startNanos = this.#nanos;
          break;
        case 0x3a:
          this.#time(reader);
          this.durationSeconds = this.#seconds;
          this.durationNanos = this.#nanos;
          break;
        case 0x4a:
          this.logs[logs++] = this.#log(reader);
          break;
        case 0x62:
          this.warnings.push({ start: reader.bytes(), end: reader.position });
          break;
        default:
          reader.skip(tag & 7);
      }
    }
    if (!hasSpanId) throw malformed("span is not canonical: no span id");
    truncate(this.tags, tags);
    truncate(this.logs, logs);
    truncate(this.references, references);
    return this;
  }

  /** A reference that {@link references} does not hold yet, for whoever adds one. */
  newReference(): ReferenceFields {
    return this.#references.take();
  }

  #clear(): void {
    this.operationNameStart = 0;
    this.operationNameEnd = 0;
    this.flags = 0;
    this.startSeconds = 0;
    this.startNanos = 0;
    this.durationSeconds = 0;
    this.durationNanos = 0;
    truncate(this.warnings, 0);
    this.#keyValues.reset();
    this.#references.reset();
    this.#logs.reset();
  }

  #keyValue(reader: WireReader): KeyValuePlaces {
    const places = this.#keyValues.take();
    places.read(reader);
    return places;
  }

  #reference(reader: WireReader): ReferenceFields {
    const reference = this.#references.take();
    const outer = reader.enter();
    let traceId = -1;
    let spanId = -1;
    let type = 0;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x0a) traceId = idStart(reader, 16);
      else if (tag === 0x12) spanId = idStart(reader, 8);
      else if (tag === 0x18) type = reader.varint32();
      else reader.skip(tag & 7);
    }
    reader.leave(outer);
    if (traceId < 0 || spanId < 0) throw malformed("span is not canonical: reference without ids");
    reference.followsFrom = type === 1;
    reference.traceIdStart = traceId;
    reference.spanIdHigh = int32At(reader.buffer, spanId);
    reference.spanIdLow = int32At(reader.buffer, spanId + 4);
    return reference;
  }

  #log(reader: WireReader): LogFields {
    const log = this.#logs.take();
    let fields = 0;
    this.#seconds = 0;
    this.#nanos = 0;
    const outer = reader.enter();
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x12) log.fields[fields++] = this.#keyValue(reader);
      else if (tag === 0x0a) this.#time(reader);
      else reader.skip(tag & 7);
    }
    reader.leave(outer);
    truncate(log.fields, fields);
    log.seconds = this.#seconds;
    log.nanos = this.#nanos;
    return log;
  }

  /** Leaves a Timestamp or Duration in {@link #seconds} and {@link #nanos}. */
  #time(reader: WireReader): void {
    const outer = reader.enter();
    this.#seconds = 0;
    this.#nanos = 0;
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag === 0x08) this.#seconds = reader.varintNumber();
      else if (tag === 0x10) this.#nanos = reader.varint32() | 0;
      else reader.skip(tag & 7);
    }
    reader.leave(outer);
  }
}

/** Objects to use again after {@link reset}; as many as the largest span needed. */
class Pool<T> {
  readonly #items: T[] = [];
  readonly #create: () => T;
  #taken = 0;

  constructor(create: () => T) {
    this.#create = create;
  }

  take(): T {
    let item = this.#items[this.#taken];
    if (item === undefined) {
      item = this.#create();
      this.#items.push(item);
    }
    this.#taken++;
    return item;
  }

  reset(): void {
    this.#taken = 0;
  }
}

/** Shortening an array to nothing gives its memory away, which the next span needs again: lists are overwritten, then cut. */
function truncate(list: unknown[], length: number): void {
  if (list.length > length) list.length = length;
}

function idStart(reader: WireReader, length: number): number {
  const start = reader.bytes();
  if (reader.position - start !== length) throw malformed("span is not canonical: id of another length");
  return start;
}

/** Big-endian. */
function int32At(buffer: Uint8Array, at: number): number {
  return (
    ((buffer[at] as number) << 24) |
    ((buffer[at + 1] as number) << 16) |
    ((buffer[at + 2] as number) << 8) |
    (buffer[at + 3] as number)
  );
}
