import { type WireReader, type WireWriter, writeBinaryKeyValue } from "@spoor/span-wire";
import { OtlpError } from "../errors.ts";
import type { OtlpLimits } from "../limits.ts";
import { AttributeTranscoder } from "./attribute.ts";
import { copyText, putVarint } from "./bytes.ts";
import {
  INVALID_SPAN_NAME,
  KEY_STATUS_DESCRIPTION,
  KEY_TRACE_STATE,
  KIND_TAGS,
  SPAN_TAGS,
  STATUS_TAGS,
} from "./constants.ts";
import { EventTranscoder } from "./event.ts";
import { LinkTranscoder } from "./link.ts";
import { Ranges } from "./ranges.ts";
import { putSecondsNanos } from "./seconds-nanos.ts";
import { SPAN, STATUS } from "./shapes.ts";
import { writeTextTag } from "./text-tag.ts";
import { NanosBetween, UnixNanos } from "./time.ts";

const TAG = (SPAN_TAGS << 3) | 2;

/**
 * Turns one OTLP Span into one Jaeger Span, copying bytes and decoding only what decides something:
 *
 *     OTLP    trace_id=1 span_id=2 trace_state=3 parent_span_id=4 name=5 kind=6 start_time_unix_nano=7 (fixed64)
 *             end_time_unix_nano=8 attributes=9 events=11 links=13 status=15{ message=2 code=3 }; dropped counts, flags
 *     Jaeger  trace_id=1 span_id=2 operation_name=3 references=4 start_time=6{ seconds=1 nanos=2 } duration=7 tags=8 logs=9
 *
 * Tags in v1's order: scope, attributes, `span.kind`, `otel.status_code`, `error`, `otel.status_description`, `w3c.tracestate`
 * (OpenTelemetry contrib `pkg/translator/jaeger/traces_to_jaegerproto.go`). Lost, as in v1: flags, dropped counts, links' attributes.
 */
export class SpanTranscoder {
  readonly #reader: WireReader;
  readonly #out: WireWriter;
  readonly #attribute: AttributeTranscoder;
  readonly #events: EventTranscoder;
  readonly #links: LinkTranscoder;

  /** Where the 16 bytes of the last span's trace id begin in the output. */
  traceIdStart = 0;
  /** Whether the last span has no parent in its own trace. */
  isRoot = true;

  readonly #attributeRanges: Ranges;
  readonly #eventRanges: Ranges;
  readonly #linkRanges: Ranges;
  readonly #start = new UnixNanos();
  readonly #end = new UnixNanos();
  readonly #duration = new NanosBetween();
  #traceId = -1;
  #spanId = -1;
  #parentId = -1;
  #nameStart = 0;
  #nameEnd = 0;
  #stateStart = 0;
  #stateEnd = 0;
  #messageStart = 0;
  #messageEnd = 0;
  #kind = 0;
  #statusCode = 0;

  constructor(reader: WireReader, out: WireWriter, limits: OtlpLimits) {
    this.#reader = reader;
    this.#out = out;
    this.#attributeRanges = new Ranges(limits.maxElements);
    this.#eventRanges = new Ranges(limits.maxElements);
    this.#linkRanges = new Ranges(limits.maxElements);
    this.#attribute = new AttributeTranscoder(reader, out, limits.maxNesting);
    this.#events = new EventTranscoder(this.#attribute, limits.maxElements);
    this.#links = new LinkTranscoder(this.#attribute);
  }

  /** To be called when the reader has other bytes. */
  open(): void {
    this.#attribute.copier.open(this.#reader.buffer);
  }

  close(): void {
    this.#attribute.copier.close();
  }

  /** Transcodes the Span message in `[start, end)`; `scopeTags` are encoded tag fields that come first. */
  transcode(start: number, end: number, scopeTags: Uint8Array): void {
    this.#scan(start, end);
    this.#write(scopeTags);
  }

  #scan(start: number, end: number): void {
    const reader = this.#reader;
    this.#attributeRanges.clear();
    this.#eventRanges.clear();
    this.#linkRanges.clear();
    this.#traceId = this.#spanId = this.#parentId = -1;
    this.#nameStart = this.#nameEnd = this.#stateStart = this.#stateEnd = this.#messageStart = this.#messageEnd = 0;
    this.#kind = this.#statusCode = 0;
    let startAt = -1;
    let endAt = -1;
    reader.position = start;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          this.#traceId = this.#id(16, "unmarshal: invalid TraceID length");
          break;
        case 0x12:
          this.#spanId = this.#id(8, "unmarshal: invalid SpanID length");
          break;
        case 0x1a:
          this.#stateStart = reader.bytes();
          this.#stateEnd = reader.position;
          break;
        case 0x22:
          this.#parentId = this.#id(8, "unmarshal: invalid SpanID length");
          break;
        case 0x2a:
          this.#nameStart = reader.bytes();
          this.#nameEnd = reader.position;
          break;
        case 0x30:
          this.#kind = reader.varint32() | 0;
          break;
        case 0x39:
          startAt = reader.fixed(8);
          break;
        case 0x41:
          endAt = reader.fixed(8);
          break;
        case 0x4a:
          this.#attributeRanges.add(reader.bytes(), reader.position);
          break;
        case 0x5a:
          this.#eventRanges.add(reader.bytes(), reader.position);
          break;
        case 0x6a:
          this.#linkRanges.add(reader.bytes(), reader.position);
          break;
        case 0x7a:
          this.#status();
          break;
        default:
          reader.skipField(tag, SPAN);
      }
    }
    this.#start.read(reader.buffer, startAt);
    this.#end.read(reader.buffer, endAt);
    this.#duration.set(this.#start, this.#end);
  }

  #id(size: number, problem: string): number {
    const start = this.#reader.bytes();
    const length = this.#reader.position - start;
    if (length === 0) return -1;
    if (length !== size) throw new OtlpError("INVALID_ID", problem);
    return start;
  }

  #status(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    while (reader.position < reader.end) {
      const tag = reader.tag();
      if (tag === 0x12) {
        this.#messageStart = reader.bytes();
        this.#messageEnd = reader.position;
      } else if (tag === 0x18) this.#statusCode = reader.varint32() | 0;
      else reader.skipField(tag, STATUS);
    }
    reader.leave(outer);
  }

  #write(scopeTags: Uint8Array): void {
    const bytes = this.#reader.buffer;
    const out = this.#out;
    const nameLength = this.#nameEnd - this.#nameStart;
    out.reserve(nameLength + 64);
    let dst: Uint8Array = out.buffer;
    let p = out.position;
    dst[p++] = 0x0a;
    dst[p++] = 16;
    this.traceIdStart = p;
    p = this.#putId(this.#traceId, 16, p);
    dst[p++] = 0x12;
    dst[p++] = 8;
    p = this.#putId(this.#spanId, 8, p);
    let nameIsValid = true;
    if (nameLength > 0) {
      dst[p++] = 0x1a;
      const text = putVarint(dst, p, nameLength);
      nameIsValid = copyText(this.#attribute.copier, bytes, this.#nameStart, this.#nameEnd, out, text);
      if (nameIsValid) p = text + nameLength;
      else p--;
    }
    out.position = p;
    if (!nameIsValid) out.stringField(3, INVALID_SPAN_NAME);
    this.isRoot = !this.#links.write(this.#linkRanges, this.#traceId, this.#parentId);
    out.reserve(40);
    dst = out.buffer;
    p = putSecondsNanos(dst, out.position, 0x32, this.#start.seconds, this.#start.nanos);
    out.position = putSecondsNanos(dst, p, 0x3a, this.#duration.seconds, this.#duration.nanos);
    this.#writeTags(scopeTags, nameIsValid);
    this.#events.write(this.#eventRanges);
  }

  #writeTags(scopeTags: Uint8Array, nameIsValid: boolean): void {
    const bytes = this.#reader.buffer;
    const out = this.#out;
    if (scopeTags.length > 0) out.raw(scopeTags, 0, scopeTags.length);
    const attribute = this.#attribute;
    attribute.invalidKeys = 0;
    const { bounds, length } = this.#attributeRanges;
    for (let i = 0; i < length; i += 2) {
      attribute.transcode(bounds[i] as number, bounds[i + 1] as number, TAG);
    }
    if (!nameIsValid) writeBinaryKeyValue(out, SPAN_TAGS, INVALID_SPAN_NAME, bytes, this.#nameStart, this.#nameEnd);
    this.#writeFixed(KIND_TAGS[this.#kind]);
    this.#writeFixed(STATUS_TAGS[this.#statusCode]);
    this.#writeText(KEY_STATUS_DESCRIPTION, this.#messageStart, this.#messageEnd);
    this.#writeText(KEY_TRACE_STATE, this.#stateStart, this.#stateEnd);
  }

  #writeFixed(tag: Uint8Array | undefined): void {
    if (tag !== undefined) this.#out.raw(tag, 0, tag.length);
  }

  #writeText(key: Uint8Array, start: number, end: number): void {
    if (end > start) writeTextTag(this.#out, SPAN_TAGS, key, this.#reader.buffer, start, end);
  }

  #putId(from: number, size: number, at: number): number {
    if (from < 0) this.#out.buffer.fill(0, at, at + size);
    else this.#attribute.copier.copy(from, from + size, this.#out, at);
    return at + size;
  }
}
