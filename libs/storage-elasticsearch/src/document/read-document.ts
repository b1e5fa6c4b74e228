import { type KeyValue, parseSpanId, parseTraceId, type TraceId, ZERO_SPAN_ID } from "@spoor/span-model";
import {
  type EncodedProcess,
  type EncodedSpan,
  encodeProcess,
  SpanBatchBuilder,
  type WireWriter,
  writeDurationNs,
  writeKeyValue,
  writeTimestampNs,
} from "@spoor/span-wire";
import type { TagFields } from "./tag-fields.ts";

type Json = Readonly<Record<string, unknown>>;

/** The year 9999 in microseconds: what a timestamp can hold. */
const MAX_TIME_US = 253_402_300_799_999_999n;
const MAX_DURATION_US = 9_223_372_036_854_775n;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Turns documents into encoded spans, v1's as well as ours: values as text or as JSON has them, ids of old versions without leading
 * zeros, the field `parentSpanID` of old versions. One reader serves one answer; spans of equal processes share one.
 */
export class DocumentReader {
  /** Documents that are none of a span. */
  unreadable = 0;
  readonly #fields: TagFields;
  readonly #processes = new Map<string, EncodedProcess>();

  constructor(fields: TagFields) {
    this.#fields = fields;
  }

  read(sources: Iterable<unknown>): EncodedSpan[] {
    const builder = new SpanBatchBuilder();
    for (const source of sources) this.#span(builder, source);
    return builder.finish();
  }

  #span(builder: SpanBatchBuilder, source: unknown): void {
    const document = objectOf(source);
    const traceId = parseTraceId(textOf(document.traceID));
    const spanId = parseSpanId(textOf(document.spanID));
    if (traceId === undefined || spanId === undefined) {
      this.unreadable++;
      return;
    }
    const { writer } = builder;
    builder.beginSpan(this.#process(document.process));
    builder.traceIdHex(traceId);
    builder.spanIdHex(spanId);
    const operationName = textOf(document.operationName);
    if (operationName.length > 0) writer.stringField(3, operationName);
    writeReferences(builder, document, traceId);
    builder.flags(Number(integerOf(document.flags) & 0xffffffffn));
    writeTimestampNs(writer, 6, timeNs(document.startTime));
    writeDurationNs(writer, 7, clamp(integerOf(document.duration), 0n, MAX_DURATION_US) * 1000n);
    for (const tag of this.#tags(document)) writeKeyValue(writer, 8, tag);
    for (const log of listOf(document.logs)) writeLog(writer, objectOf(log));
    builder.endSpan();
  }

  #process(value: unknown): EncodedProcess {
    const key = JSON.stringify(value, bigintText);
    let process = this.#processes.get(key);
    if (process === undefined) {
      const document = objectOf(value);
      process = encodeProcess({ serviceName: textOf(document.serviceName), tags: this.#tags(document) });
      this.#processes.set(key, process);
    }
    return process;
  }

  /** The nested tags, then those that are fields. */
  #tags(document: Json): KeyValue[] {
    const tags = listOf(document.tags).map((tag) => nestedTag(objectOf(tag)));
    for (const [field, value] of Object.entries(objectOf(document.tag))) {
      const tag = fieldTag(this.#fields.keyOf(field), value);
      if (tag !== undefined) tags.push(tag);
    }
    return tags;
  }
}

function writeReferences(builder: SpanBatchBuilder, document: Json, traceId: TraceId): void {
  const parentId = parseSpanId(textOf(document.parentSpanID)) ?? ZERO_SPAN_ID;
  const references: { type: "CHILD_OF" | "FOLLOWS_FROM"; traceId: string; spanId: string }[] = [];
  for (const item of listOf(document.references)) {
    const reference = objectOf(item);
    const ofTrace = parseTraceId(textOf(reference.traceID));
    const ofSpan = parseSpanId(textOf(reference.spanID));
    if (ofTrace === undefined || ofSpan === undefined) continue;
    references.push({
      type: reference.refType === "FOLLOWS_FROM" ? "FOLLOWS_FROM" : "CHILD_OF",
      traceId: ofTrace,
      spanId: ofSpan,
    });
  }
  if (parentId !== ZERO_SPAN_ID && !references.some((each) => each.traceId === traceId && each.spanId === parentId)) {
    references.unshift({ type: "CHILD_OF", traceId, spanId: parentId });
  }
  for (const each of references) builder.referenceHex(each.type, each.traceId, each.spanId);
}

function writeLog(writer: WireWriter, log: Json): void {
  const mark = writer.begin(9);
  writeTimestampNs(writer, 1, timeNs(log.timestamp));
  for (const field of listOf(log.fields)) writeKeyValue(writer, 2, nestedTag(objectOf(field)));
  writer.end(mark);
}

/** A value is text with the type beside it; very old documents have values of JSON's own types. */
function nestedTag(tag: Json): KeyValue {
  const key = textOf(tag.key);
  const { value } = tag;
  switch (String(tag.type).toLowerCase()) {
    case "bool":
      return { key, type: "bool", value: value === true || value === "true" };
    case "int64":
      return { key, type: "int64", value: clamp(integerOf(value), MIN_INT64, MAX_INT64) };
    case "float64":
      return { key, type: "float64", value: floatOf(value) };
    case "binary":
      return { key, type: "binary", value: Buffer.from(textOf(value), "hex") };
    default:
      return { key, type: "string", value: textOf(value) };
  }
}

/** The type is what JSON says; a whole number is an integer. */
function fieldTag(key: string, value: unknown): KeyValue | undefined {
  switch (typeof value) {
    case "string":
      return { key, type: "string", value };
    case "boolean":
      return { key, type: "bool", value };
    case "bigint":
      if (value < MIN_INT64 || value > MAX_INT64) return { key, type: "float64", value: Number(value) };
      return { key, type: "int64", value };
    case "number":
      if (Number.isSafeInteger(value)) return { key, type: "int64", value: BigInt(value) };
      return { key, type: "float64", value };
    default:
      return undefined;
  }
}

/** v1 writes the largest numbers with ten digits, which rounds them beyond what a double holds. */
function floatOf(value: unknown): number {
  const text = textOf(value);
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const number = Number(text);
  if (number === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  return number === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : number;
}

function timeNs(value: unknown): bigint {
  return clamp(integerOf(value), 0n, MAX_TIME_US) * 1000n;
}

function integerOf(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  if (typeof value === "string" && /^[+-]?\d{1,20}$/.test(value)) return BigInt(value.replace("+", ""));
  return 0n;
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  return value < least ? least : value > most ? most : value;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
