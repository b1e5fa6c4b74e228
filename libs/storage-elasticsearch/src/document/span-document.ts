import { goJsonString } from "@spoor/go-text";
import { JsonBytes, JsonLiteral } from "@spoor/json-bytes";
import { type KeyValue, VALUE_TYPE } from "@spoor/span-model";
import { type EncodedProcess, type EncodedSpan, KeyValueCursor, SpanHeader, WireReader } from "@spoor/span-wire";
import { LogList } from "./log-list.ts";
import { writeMicros, writeMillis } from "./micros.ts";
import type { TagFields } from "./tag-fields.ts";
import { writeTag } from "./tag-list.ts";
import { writeTagsAndFields } from "./tags-and-fields.ts";

/*
 * The document of a span, field by field as v1 writes it (jaegertracing/jaeger `internal/storage/v1/elasticsearch/spanstore`):
 *
 *   {"traceID", "spanID", "flags" unless 0, "operationName", "references": [{"refType", "traceID", "spanID"}],
 *    "startTime" and "duration" in microseconds, "startTimeMillis", "tags": [{"key", "type", "value" as text}],
 *    "tag": {key with @ for dots: value}, "logs": [{"timestamp", "fields": [...] or null}],
 *    "process": {"serviceName", "tags", "tag"}}
 */

const TRACE_ID = new JsonLiteral('{"traceID":"');
const STAMP = new JsonLiteral('{"@timestamp":');
const TRACE_ID_BEHIND = new JsonLiteral(',"traceID":"');
const SPAN_ID = new JsonLiteral('","spanID":"');
const FLAGS = new JsonLiteral('","flags":');
const OPERATION_BEHIND_FLAGS = new JsonLiteral(',"operationName":"');
const OPERATION = new JsonLiteral('","operationName":"');
const REFERENCES = new JsonLiteral('","references":[');
const CHILD_OF = new JsonLiteral('{"refType":"CHILD_OF","traceID":"');
const FOLLOWS_FROM = new JsonLiteral('{"refType":"FOLLOWS_FROM","traceID":"');
const END_REFERENCE = new JsonLiteral('"}');
const START_TIME = new JsonLiteral('],"startTime":');
const START_MILLIS = new JsonLiteral(',"startTimeMillis":');
const DURATION = new JsonLiteral(',"duration":');
const TAGS = new JsonLiteral(',"tags":[');
const LOGS = new JsonLiteral(',"logs":[');
const PROCESS = new JsonLiteral('],"process":{"serviceName":');
const KIND_KEY = Buffer.from("span.kind");
const KINDS = ["server", "client", "internal", "producer", "consumer"].map(
  (text) => [text, Buffer.from(text)] as const,
);

const COMMA = 44;
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
  readonly #logs = new LogList();
  readonly #processes = new WeakMap<EncodedProcess, JsonLiteral>();
  readonly #nestedProcesses = new WeakMap<EncodedProcess, JsonLiteral>();
  #lastProcess: EncodedProcess | undefined;
  #lastLiteral = new JsonLiteral("");

  /** With `isStamped` documents begin with the field `@timestamp`, which data streams want. */
  constructor(fields: TagFields, isStamped: boolean = false) {
    this.#fields = fields;
    this.#isStamped = isStamped;
  }

  /**
   * Writes the document of `span`, whose {@link header} was read, with the fields its whole batch has. With `nestedOnly` no tag becomes a field, for a document that
   * the server would not take otherwise.
   */
  write(json: JsonBytes, span: EncodedSpan, commonFields: Uint8Array, nestedOnly: boolean = false): void {
    const { header } = this;
    const { buffer } = span;
    if (this.#isStamped) {
      json.literal(STAMP);
      writeMillis(json, header.startSeconds, header.startNanos);
      json.literal(TRACE_ID_BEHIND);
    } else json.literal(TRACE_ID);
    writeTraceId(json, buffer, span.traceIdStart);
    json.literal(SPAN_ID);
    json.hex(buffer, header.spanIdStart, header.spanIdStart + 8);
    const flags = span.flags & MAX_FLAGS;
    if (flags !== 0) {
      json.literal(FLAGS);
      json.uint(flags);
    }
    json.literal(flags === 0 ? OPERATION : OPERATION_BEHIND_FLAGS);
    json.string(buffer, header.operationNameStart, header.operationNameEnd);
    json.literal(REFERENCES);
    this.#references(json, span);
    json.literal(START_TIME);
    writeMicros(json, header.startSeconds, header.startNanos);
    json.literal(START_MILLIS);
    writeMillis(json, header.startSeconds, header.startNanos);
    json.literal(DURATION);
    writeMicros(json, header.durationSeconds, header.durationNanos);
    this.spanKind = "";
    if (this.#fields.isUsed && !nestedOnly) writeTagsAndFields(json, this.#fields, this.#spanTags(span, commonFields));
    else this.#tags(json, span, commonFields);
    json.literal(LOGS);
    this.#logs.write(json, span.buffer, header.logsStart, header.logsEnd);
    json.literal(PROCESS);
    json.literal(this.#process(span.process, nestedOnly));
  }

  #references(json: JsonBytes, span: EncodedSpan): void {
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
      json.literal(type === 1 ? FOLLOWS_FROM : CHILD_OF);
      writeTraceId(json, span.buffer, traceId);
      json.literal(SPAN_ID);
      json.hex(span.buffer, spanId, spanId + 8);
      json.literal(END_REFERENCE);
    }
  }

  #tags(json: JsonBytes, span: EncodedSpan, commonFields: Uint8Array): void {
    const { header } = this;
    const cursor = this.#cursor;
    json.literal(TAGS);
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

  /** From behind `"serviceName":` to the end of the document; made once for all spans of a process. */
  #process(process: EncodedProcess, nestedOnly: boolean): JsonLiteral {
    // Most spans of a batch share it.
    if (process === this.#lastProcess && !nestedOnly) return this.#lastLiteral;
    const cache = nestedOnly ? this.#nestedProcesses : this.#processes;
    let literal = cache.get(process);
    if (literal === undefined) {
      literal = new JsonLiteral(this.#encodeProcess(process, nestedOnly));
      cache.set(process, literal);
    }
    if (!nestedOnly) {
      this.#lastProcess = process;
      this.#lastLiteral = literal;
    }
    return literal;
  }

  #encodeProcess(process: EncodedProcess, nestedOnly: boolean): Uint8Array {
    const json = new JsonBytes(512);
    json.text(goJsonString(process.serviceName));
    const cursor = this.#cursor;
    cursor.openProcess(process);
    if (this.#fields.isUsed && !nestedOnly) {
      const tags: KeyValue[] = [];
      while (cursor.next()) tags.push(cursor.keyValue());
      writeTagsAndFields(json, this.#fields, tags);
    } else {
      json.literal(TAGS);
      for (let isFirst = true; cursor.next(); isFirst = false) writeTag(json, cursor, isFirst);
      json.byte(CLOSE_BRACKET);
    }
    json.byte(CLOSE_BRACE);
    json.byte(CLOSE_BRACE);
    return json.bytes();
  }
}

/** 16 digits when the high half is zero, else 32. */
function writeTraceId(json: JsonBytes, buffer: Uint8Array, at: number): void {
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
