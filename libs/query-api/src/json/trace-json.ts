import { goJsonString } from "@spoor/go-text";
import { JsonBytes, JsonLiteral } from "@spoor/json-bytes";
import type { ShownProcess, ShownSpan } from "@spoor/query-service";
import { formatTraceId, type TraceId, VALUE_TYPE } from "@spoor/span-model";
import type { KeyValuePlaces, LogFields, ReferenceFields, SpanFields } from "@spoor/span-wire";
import { jsonFloat64, jsonMicroseconds } from "./number.ts";

/** A trace as the JSON API needs it; a `TraceView` is one. */
export interface JsonTrace {
  readonly traceId: TraceId;
  shown(): Iterable<ShownSpan>;
}

/** Pieces are about this long, so that a reply is never one giant string. */
const PIECE_BYTES = 64 * 1024;
const BILLION = 1_000_000_000n;
/** Below it microseconds are exact in a double and nanoseconds fit into 64 bits. */
const PLAIN_SECONDS = 9_000_000_000;
const MAX_REMEMBERED = 4096;

const FIRST_KEY = new JsonLiteral('[{"key":"');
const NEXT_KEY = new JsonLiteral(',{"key":"');
/** What follows a key and precedes the value, by type. */
const TYPES: readonly JsonLiteral[] = [
  new JsonLiteral('","type":"string","value":"'),
  new JsonLiteral('","type":"bool","value":'),
  new JsonLiteral('","type":"int64","value":'),
  new JsonLiteral('","type":"float64","value":'),
  new JsonLiteral('","type":"binary","value":'),
];
const STRING_END = new JsonLiteral('"}');
const END = new JsonLiteral("}");
const COMMA = new JsonLiteral(",");
const COMMA_QUOTE = new JsonLiteral(',"');
const EMPTY_LIST = new JsonLiteral("[]");
const LIST_START = new JsonLiteral("[");
const LIST_END = new JsonLiteral("]");
const QUOTE = new JsonLiteral('"');
const MINUS = new JsonLiteral("-");
const TRUE = new JsonLiteral("true");
const FALSE = new JsonLiteral("false");
const TRACE_ID = new JsonLiteral('{"traceID":"');
const SPAN_ID = new JsonLiteral('","spanID":"');
const FLAGS = new JsonLiteral('","flags":');
const OPERATION_NAME = new JsonLiteral(',"operationName":"');
const REFERENCES = new JsonLiteral('","references":');
const CHILD_OF = new JsonLiteral('{"refType":"CHILD_OF","traceID":"');
const FOLLOWS_FROM = new JsonLiteral('{"refType":"FOLLOWS_FROM","traceID":"');
const START_TIME = new JsonLiteral(',"startTime":');
const DURATION = new JsonLiteral(',"duration":');
const TAGS = new JsonLiteral(',"tags":');
const LOGS = new JsonLiteral(',"logs":');
const TIMESTAMP = new JsonLiteral('{"timestamp":');
const FIELDS = new JsonLiteral(',"fields":');
const PROCESS_ID = new JsonLiteral(',"processID":"');
const NO_WARNINGS = new JsonLiteral('","warnings":null}');
const WARNINGS = new JsonLiteral('","warnings":[');
const WARNINGS_END = new JsonLiteral("]}");

/**
 * Writes traces in v1's JSON form (jaegertracing/jaeger `model/json`), from the places of their encoded spans to UTF-8 bytes. One
 * writer serves one reply.
 */
export class TraceJsonWriter {
  readonly #out = new JsonBytes(PIECE_BYTES);
  /** JSON of processes, which come again in other traces. */
  readonly #processes = new Map<ShownProcess, string>();
  // Of the trace at hand: spans of one process usually share its object; equal ones that do not are found by their JSON.
  readonly #idsByProcess = new Map<ShownProcess, string>();
  readonly #idsByJson = new Map<string, string>();

  /** Any JSON text. */
  text(json: string): void {
    this.#out.text(json);
  }

  /**
   * Writes a trace. Yields a piece whenever one is full; what is left stays for the next trace or {@link rest}. Processes are numbered
   * p1, p2, … as their spans come, equal ones once.
   */
  *trace(trace: JsonTrace): Generator<Buffer, void, undefined> {
    const out = this.#out;
    this.#idsByProcess.clear();
    this.#idsByJson.clear();
    let separator = `{"traceID":"${formatTraceId(trace.traceId)}","spans":[`;
    for (const span of trace.shown()) {
      out.text(separator);
      separator = ",";
      this.#span(span);
      if (out.isFull) yield out.take();
    }
    if (separator !== ",") out.text(separator);
    out.text('],"processes":{');
    // Their keys in alphabetical order, as Go writes maps.
    const processes = [...this.#idsByJson].map(([json, id]) => `"${id}":${json}`).sort();
    for (const [i, process] of processes.entries()) {
      out.text(i === 0 ? process : `,${process}`);
      if (out.isFull) yield out.take();
    }
    out.text('},"warnings":null}');
  }

  rest(): Buffer {
    return this.#out.take();
  }

  #span({ fields, process, addedWarnings }: ShownSpan): void {
    const out = this.#out;
    const { buffer } = fields;
    out.literal(TRACE_ID);
    this.#traceId(buffer, fields.traceIdStart);
    out.literal(SPAN_ID);
    out.hex32(fields.spanIdHigh);
    out.hex32(fields.spanIdLow);
    if (fields.flags === 0) out.literal(QUOTE);
    else {
      out.literal(FLAGS);
      out.uint(fields.flags);
    }
    out.literal(OPERATION_NAME);
    out.string(buffer, fields.operationNameStart, fields.operationNameEnd);
    out.literal(REFERENCES);
    this.#references(buffer, fields.references);
    out.literal(START_TIME);
    this.#microseconds(fields.startSeconds, fields.startNanos);
    out.literal(DURATION);
    this.#microseconds(fields.durationSeconds, fields.durationNanos);
    out.literal(TAGS);
    this.#keyValues(fields.tags);
    out.literal(LOGS);
    this.#logs(fields.logs);
    out.literal(PROCESS_ID);
    out.text(this.#processId(process));
    this.#warnings(fields, addedWarnings);
  }

  #traceId(buffer: Uint8Array, start: number): void {
    let from = start;
    const half = start + 8;
    while (from < half && buffer[from] === 0) from++;
    this.#out.hex(buffer, from === half ? half : start, start + 16);
  }

  #references(buffer: Uint8Array, references: readonly ReferenceFields[]): void {
    const out = this.#out;
    if (references.length === 0) {
      out.literal(EMPTY_LIST);
      return;
    }
    for (let i = 0; i < references.length; i++) {
      const reference = references[i] as ReferenceFields;
      out.literal(i === 0 ? LIST_START : COMMA);
      out.literal(reference.followsFrom ? FOLLOWS_FROM : CHILD_OF);
      this.#traceId(buffer, reference.traceIdStart);
      out.literal(SPAN_ID);
      out.hex32(reference.spanIdHigh);
      out.hex32(reference.spanIdLow);
      out.literal(STRING_END);
    }
    out.literal(LIST_END);
  }

  #logs(logs: readonly LogFields[]): void {
    const out = this.#out;
    if (logs.length === 0) {
      out.literal(EMPTY_LIST);
      return;
    }
    for (let i = 0; i < logs.length; i++) {
      const log = logs[i] as LogFields;
      out.literal(i === 0 ? LIST_START : COMMA);
      out.literal(TIMESTAMP);
      this.#microseconds(log.seconds, log.nanos);
      out.literal(FIELDS);
      this.#keyValues(log.fields);
      out.literal(END);
    }
    out.literal(LIST_END);
  }

  #warnings({ buffer, warnings }: SpanFields, added: readonly string[]): void {
    const out = this.#out;
    if (warnings.length === 0 && added.length === 0) {
      out.literal(NO_WARNINGS);
      return;
    }
    out.literal(WARNINGS);
    let first = true;
    for (const { start, end } of warnings) {
      out.literal(first ? QUOTE : COMMA_QUOTE);
      out.string(buffer, start, end);
      out.literal(QUOTE);
      first = false;
    }
    for (const warning of added) {
      if (!first) out.literal(COMMA);
      out.text(goJsonString(warning));
      first = false;
    }
    out.literal(WARNINGS_END);
  }

  /** A JSON array of `{key, type, value}`. */
  #keyValues(items: readonly KeyValuePlaces[]): void {
    const out = this.#out;
    if (items.length === 0) {
      out.literal(EMPTY_LIST);
      return;
    }
    for (let i = 0; i < items.length; i++) {
      out.literal(i === 0 ? FIRST_KEY : NEXT_KEY);
      this.#keyValue(items[i] as KeyValuePlaces);
    }
    out.literal(LIST_END);
  }

  /** From the text of the key on. */
  #keyValue(item: KeyValuePlaces): void {
    const out = this.#out;
    const { buffer, type } = item;
    out.string(buffer, item.keyStart, item.keyEnd);
    const head = TYPES[type];
    if (head === undefined) {
      out.text(`","type":"${type}","value":null}`);
      return;
    }
    out.literal(head);
    switch (type) {
      case VALUE_TYPE.string:
        out.string(buffer, item.valueStart, item.valueEnd);
        out.literal(STRING_END);
        return;
      case VALUE_TYPE.bool:
        out.literal(item.low === 0 ? FALSE : TRUE);
        break;
      case VALUE_TYPE.int64:
        this.#int64(item);
        break;
      case VALUE_TYPE.float64:
        out.text(jsonFloat64(item.float64()));
        break;
      default:
        this.#binary(item);
    }
    out.literal(END);
  }

  /**
   * A number while a double holds it exactly, else a string (jaegertracing/jaeger `converter/json/from_domain.go`).
   */
  #int64(item: KeyValuePlaces): void {
    const out = this.#out;
    const { high, low } = item;
    const value = high * 4294967296 + (low >>> 0);
    if (!Number.isSafeInteger(value)) out.text(`"${item.int64Text()}"`);
    else if (value < 0) {
      out.literal(MINUS);
      out.uint(-value);
    } else out.uint(value);
  }

  #binary({ buffer, valueStart, valueEnd }: KeyValuePlaces): void {
    if (valueStart === valueEnd) {
      this.#out.text("null");
      return;
    }
    const bytes = Buffer.from(buffer.buffer, buffer.byteOffset + valueStart, valueEnd - valueStart);
    this.#out.text(`"${bytes.toString("base64")}"`);
  }

  #microseconds(seconds: number, nanos: number): void {
    if (seconds >= 0 && nanos >= 0 && seconds < PLAIN_SECONDS) {
      this.#out.uint(seconds * 1_000_000 + Math.floor(nanos / 1000));
    } else this.#out.text(jsonMicroseconds(BigInt(seconds) * BILLION + BigInt(nanos)));
  }

  #processId(process: ShownProcess): string {
    const known = this.#idsByProcess.get(process);
    if (known !== undefined) return known;
    const json = this.#processJson(process);
    let id = this.#idsByJson.get(json);
    if (id === undefined) {
      id = `p${this.#idsByJson.size + 1}`;
      this.#idsByJson.set(json, id);
    }
    this.#idsByProcess.set(process, id);
    return id;
  }

  #processJson(process: ShownProcess): string {
    let json = this.#processes.get(process);
    if (json === undefined) {
      const out = this.#out;
      const start = out.length;
      this.#keyValues(process.tags);
      json = `{"serviceName":${goJsonString(process.serviceName)},"tags":${out.cut(start)}}`;
      if (this.#processes.size >= MAX_REMEMBERED) this.#processes.clear();
      this.#processes.set(process, json);
    }
    return json;
  }
}
