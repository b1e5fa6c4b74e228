import { goJsonFloat } from "@spoor/go-text";
import { type KeyValue, VALUE_TYPE } from "@spoor/span-model";
import {
  type EncodedProcess,
  type EncodedSpan,
  KeyValueCursor,
  SpanHeader,
  valueText,
  WireReader,
} from "@spoor/span-wire";
import { JsonWriter, Piece } from "./json-writer.ts";
import { writeMicros, writeMillis } from "./micros.ts";
import type { TagFields } from "./tag-fields.ts";
import { writeTag } from "./tag-list.ts";

/*
 * The document of a span, field by field as v1 writes it (jaegertracing/jaeger `internal/storage/v1/elasticsearch/spanstore`):
 *
 *   {"traceID", "spanID", "flags" unless 0, "operationName", "references": [{"refType", "traceID", "spanID"}],
 *    "startTime" and "duration" in microseconds, "startTimeMillis", "tags": [{"key", "type", "value" as text}],
 *    "tag": {key with @ for dots: value}, "logs": [{"timestamp", "fields": [...] or null}],
 *    "process": {"serviceName", "tags", "tag"}}
 */

const TRACE_ID = new Piece('{"traceID":"');
const STAMP = new Piece('{"@timestamp":');
const TRACE_ID_BEHIND = new Piece(',"traceID":"');
const SPAN_ID = new Piece('","spanID":"');
const FLAGS = new Piece('","flags":');
const OPERATION_BEHIND_FLAGS = new Piece(',"operationName":"');
const OPERATION = new Piece('","operationName":"');
const REFERENCES = new Piece('","references":[');
const CHILD_OF = new Piece('{"refType":"CHILD_OF","traceID":"');
const FOLLOWS_FROM = new Piece('{"refType":"FOLLOWS_FROM","traceID":"');
const END_REFERENCE = new Piece('"}');
const START_TIME = new Piece('],"startTime":');
const START_MILLIS = new Piece(',"startTimeMillis":');
const DURATION = new Piece(',"duration":');
const TAGS = new Piece(',"tags":[');
const TAG = new Piece(',"tag":{');
const LOGS = new Piece(',"logs":[');
const TIMESTAMP = new Piece('{"timestamp":');
const NO_FIELDS = new Piece(',"fields":null}');
const FIELDS = new Piece(',"fields":[');
const END_FIELDS = new Piece("]}");
const PROCESS = new Piece('],"process":{"serviceName":');
const KIND_KEY = Buffer.from("span.kind");
const KINDS = ["server", "client", "internal", "producer", "consumer"].map(
  (text) => [text, Buffer.from(text)] as const,
);

const COMMA = 44;
const COLON = 58;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;
/** v1 reads flags as an unsigned number and the server keeps them as a signed one of 32 bits: the highest bit has no place. */
const MAX_FLAGS = 0x7fffffff;

/** Writes documents of spans from their bytes. One encoder serves one store. */
export class SpanDocumentEncoder {
  /** Of the span written last: its header, and the text of its first tag `span.kind`. */
  readonly header = new SpanHeader();
  spanKind = "";
  readonly #fields: TagFields;
  readonly #isStamped: boolean;
  readonly #cursor = new KeyValueCursor();
  readonly #reader = new WireReader(new Uint8Array(0));
  readonly #processes = new WeakMap<EncodedProcess, Piece>();
  readonly #nestedProcesses = new WeakMap<EncodedProcess, Piece>();
  #lastProcess: EncodedProcess | undefined;
  #lastPiece = new Piece("");

  /** With `isStamped` documents begin with the field `@timestamp`, which data streams want. */
  constructor(fields: TagFields, isStamped: boolean = false) {
    this.#fields = fields;
    this.#isStamped = isStamped;
  }

  /**
   * Writes the document of `span`, whose {@link header} was read, with the fields its whole batch has. With `nestedOnly` no tag becomes a field, for a document that
   * the server would not take otherwise.
   */
  write(json: JsonWriter, span: EncodedSpan, commonFields: Uint8Array, nestedOnly: boolean = false): void {
    const { header } = this;
    const { buffer } = span;
    if (this.#isStamped) {
      json.piece(STAMP);
      writeMillis(json, header.startSeconds, header.startNanos);
      json.piece(TRACE_ID_BEHIND);
    } else json.piece(TRACE_ID);
    writeTraceId(json, buffer, span.traceIdStart);
    json.piece(SPAN_ID);
    json.hex(buffer, header.spanIdStart, header.spanIdStart + 8);
    const flags = span.flags & MAX_FLAGS;
    if (flags !== 0) {
      json.piece(FLAGS);
      json.decimal(flags);
    }
    const operation = flags === 0 ? OPERATION : OPERATION_BEHIND_FLAGS;
    json.utf8(operation, buffer, header.operationNameStart, header.operationNameEnd);
    json.piece(REFERENCES);
    this.#references(json, span);
    json.piece(START_TIME);
    writeMicros(json, header.startSeconds, header.startNanos);
    json.piece(START_MILLIS);
    writeMillis(json, header.startSeconds, header.startNanos);
    json.piece(DURATION);
    writeMicros(json, header.durationSeconds, header.durationNanos);
    this.spanKind = "";
    if (this.#fields.isUsed && !nestedOnly) this.#tagsAndFields(json, this.#spanTags(span, commonFields));
    else this.#tags(json, span, commonFields);
    json.piece(LOGS);
    this.#logs(json, span);
    json.piece(PROCESS);
    json.piece(this.#process(span.process, nestedOnly));
  }

  #references(json: JsonWriter, span: EncodedSpan): void {
    const reader = this.#reader;
    const { referencesStart, referencesEnd } = this.header;
    reader.open(span.buffer, referencesStart, referencesEnd);
    let isFirst = true;
    while (reader.position < referencesEnd) {
      const tag = reader.varint32();
      if (tag !== 0x22) {
        reader.skip(tag & 7);
        continue;
      }
      if (!isFirst) json.byte(COMMA);
      isFirst = false;
      const outer = reader.enter();
      let traceId = -1;
      let spanId = -1;
      let type = 0;
      while (reader.position < reader.end) {
        const inner = reader.varint32();
        if (inner === 0x0a) traceId = reader.bytes();
        else if (inner === 0x12) spanId = reader.bytes();
        else if (inner === 0x18) type = reader.varint32();
        else reader.skip(inner & 7);
      }
      reader.leave(outer);
      json.piece(type === 1 ? FOLLOWS_FROM : CHILD_OF);
      writeTraceId(json, span.buffer, traceId);
      json.piece(SPAN_ID);
      json.hex(span.buffer, spanId, spanId + 8);
      json.piece(END_REFERENCE);
    }
  }

  #tags(json: JsonWriter, span: EncodedSpan, commonFields: Uint8Array): void {
    const { header } = this;
    const cursor = this.#cursor;
    json.piece(TAGS);
    let isFirst = true;
    let hasKind = false;
    cursor.openFields(span.buffer, header.tagsStart, header.tagsEnd, false);
    while (cursor.next()) {
      if (!hasKind && cursor.hasKey(KIND_KEY)) {
        hasKind = true;
        this.spanKind = kindText(cursor);
      }
      writeTag(json, cursor, isFirst);
      isFirst = false;
    }
    if (commonFields.length > 0) {
      cursor.openFields(commonFields, 0, commonFields.length, false);
      while (cursor.next()) {
        writeTag(json, cursor, isFirst);
        isFirst = false;
      }
    }
    json.byte(CLOSE_BRACKET);
  }

  #spanTags(span: EncodedSpan, commonFields: Uint8Array): KeyValue[] {
    const cursor = this.#cursor;
    const tags: KeyValue[] = [];
    let hasKind = false;
    cursor.openSpan(span, false);
    while (cursor.next()) {
      if (!hasKind && cursor.hasKey(KIND_KEY)) {
        hasKind = true;
        this.spanKind = kindText(cursor);
      }
      tags.push(cursor.keyValue());
    }
    cursor.openFields(commonFields, 0, commonFields.length, false);
    while (cursor.next()) tags.push(cursor.keyValue());
    return tags;
  }

  /** A field has one value: of several tags with one key the last becomes the field, as in v1, and the others stay in the list. */
  #tagsAndFields(json: JsonWriter, tags: readonly KeyValue[]): void {
    const fields = new Map<string, KeyValue>();
    for (const tag of tags) if (this.#fields.takes(tag)) fields.set(this.#fields.fieldOf(tag.key), tag);
    json.piece(TAGS);
    let isFirst = true;
    for (const tag of tags) {
      const chosen = fields.get(this.#fields.fieldOf(tag.key));
      if (chosen !== undefined && (tag === chosen || isSameTag(tag, chosen))) continue;
      if (!isFirst) json.byte(COMMA);
      isFirst = false;
      json.text(tagJson(tag));
    }
    json.byte(CLOSE_BRACKET);
    if (fields.size === 0) return;
    json.piece(TAG);
    let separate = false;
    for (const [name, tag] of fields) {
      if (separate) json.byte(COMMA);
      separate = true;
      json.string(name);
      json.byte(COLON);
      if (tag.type === "string") json.string(tag.value);
      else json.ascii(nativeText(tag));
    }
    json.byte(CLOSE_BRACE);
  }

  #logs(json: JsonWriter, span: EncodedSpan): void {
    const reader = this.#reader;
    const cursor = this.#cursor;
    const { logsStart, logsEnd } = this.header;
    reader.open(span.buffer, logsStart, logsEnd);
    let isFirst = true;
    while (reader.position < logsEnd) {
      const tag = reader.varint32();
      if (tag !== 0x4a) {
        reader.skip(tag & 7);
        continue;
      }
      if (!isFirst) json.byte(COMMA);
      isFirst = false;
      const outer = reader.enter();
      const start = reader.position;
      json.piece(TIMESTAMP);
      this.#logTime(json, reader);
      reader.position = start;
      let fields = 0;
      while (reader.position < reader.end) {
        const inner = reader.varint32();
        if (inner !== 0x12) {
          reader.skip(inner & 7);
          continue;
        }
        if (fields === 0) json.piece(FIELDS);
        cursor.read(reader);
        writeTag(json, cursor, fields++ === 0);
      }
      reader.leave(outer);
      json.piece(fields === 0 ? NO_FIELDS : END_FIELDS);
    }
  }

  #logTime(json: JsonWriter, reader: WireReader): void {
    while (reader.position < reader.end) {
      const tag = reader.varint32();
      if (tag !== 0x0a) {
        reader.skip(tag & 7);
        continue;
      }
      const outer = reader.enter();
      let seconds = 0;
      let nanos = 0;
      while (reader.position < reader.end) {
        const inner = reader.varint32();
        if (inner === 0x08) seconds = reader.varintNumber();
        else if (inner === 0x10) nanos = reader.varint32() | 0;
        else reader.skip(inner & 7);
      }
      reader.leave(outer);
      writeMicros(json, seconds, nanos);
      return;
    }
    json.decimal(0);
  }

  /** From behind `"serviceName":` to the end of the document; made once for all spans of a process. */
  #process(process: EncodedProcess, nestedOnly: boolean): Piece {
    // Most spans of a batch share it.
    if (process === this.#lastProcess && !nestedOnly) return this.#lastPiece;
    const cache = nestedOnly ? this.#nestedProcesses : this.#processes;
    let piece = cache.get(process);
    if (piece === undefined) {
      piece = new Piece(this.#encodeProcess(process, nestedOnly));
      cache.set(process, piece);
    }
    if (!nestedOnly) {
      this.#lastProcess = process;
      this.#lastPiece = piece;
    }
    return piece;
  }

  #encodeProcess(process: EncodedProcess, nestedOnly: boolean): Uint8Array {
    const json = new JsonWriter(512);
    json.string(process.serviceName);
    const cursor = this.#cursor;
    cursor.openProcess(process);
    if (this.#fields.isUsed && !nestedOnly) {
      const tags: KeyValue[] = [];
      while (cursor.next()) tags.push(cursor.keyValue());
      this.#tagsAndFields(json, tags);
    } else {
      json.piece(TAGS);
      for (let isFirst = true; cursor.next(); isFirst = false) writeTag(json, cursor, isFirst);
      json.byte(CLOSE_BRACKET);
    }
    json.byte(CLOSE_BRACE);
    json.byte(CLOSE_BRACE);
    return json.bytes();
  }
}

/** 16 digits when the high half is zero, else 32. */
function writeTraceId(json: JsonWriter, buffer: Uint8Array, at: number): void {
  let start = at;
  while (start < at + 8 && buffer[start] === 0) start++;
  json.hex(buffer, start === at + 8 ? start : at, at + 16);
}

/** The text of a tag `span.kind`, without a new string for those that everybody uses. */
function kindText(cursor: KeyValueCursor): string {
  const { buffer, valueStart, valueEnd, type } = cursor;
  const length = type === VALUE_TYPE.string ? valueEnd - valueStart : 0;
  for (const [text, bytes] of KINDS) {
    if (bytes.length !== length) continue;
    let i = 0;
    while (i < length && bytes[i] === buffer[valueStart + i]) i++;
    if (i === length) return text;
  }
  return cursor.valueText();
}

function tagJson(tag: KeyValue): string {
  const type = tag.type === "unknown" ? "string" : tag.type;
  return JSON.stringify({ key: tag.key, type, value: valueText(tag) });
}

/** A value that is no text as JSON, in Go's form. */
function nativeText(tag: KeyValue): string {
  return tag.type === "float64" ? goJsonFloat(tag.value) : valueText(tag);
}

function isSameTag(a: KeyValue, b: KeyValue): boolean {
  return a.key === b.key && a.type === b.type && valueText(a) === valueText(b);
}
