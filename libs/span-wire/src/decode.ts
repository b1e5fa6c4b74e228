import {
  hexOf,
  type KeyValue,
  type Log,
  type Process,
  type Span,
  type SpanReference,
  ZERO_SPAN_ID,
  ZERO_TRACE_ID,
} from "@spoor/span-model";
import type { EncodedProcess, EncodedSpan } from "./encoded-span.ts";
import { KeyValueCursor } from "./key-value-cursor.ts";
import { malformed, WireReader } from "./reader.ts";
import { decodeUtf8 } from "./utf8.ts";

const BILLION = 1_000_000_000n;

/** Everything in the span. Its process is decoded once for all spans that share it. */
export function decodeSpan(span: EncodedSpan): Span {
  return readSpan(new WireReader(span.buffer, span.start, span.end), decodeProcess(span.process));
}

const decodedProcesses = new WeakMap<EncodedProcess, Process>();

/** The same object each time for the same `process`. */
export function decodeProcess(process: EncodedProcess): Process {
  let decoded = decodedProcesses.get(process);
  if (decoded === undefined) {
    decoded = { serviceName: process.serviceName, tags: readProcessTags(new WireReader(process.bytes)) };
    decodedProcesses.set(process, decoded);
  }
  return decoded;
}

/*
 * Messages that a scanner validated; bounds are checked all the same, for stored bytes may be damaged.
 */

function readSpan(reader: WireReader, process: Process): Span {
  let traceId = ZERO_TRACE_ID;
  let spanId = ZERO_SPAN_ID;
  let operationName = "";
  let flags = 0;
  let startTimeNs = 0n;
  let durationNs = 0n;
  const references: SpanReference[] = [];
  const tags: KeyValue[] = [];
  const logs: Log[] = [];
  const warnings: string[] = [];
  while (reader.position < reader.end) {
    const tag = reader.varint32();
    switch (tag) {
      case 0x0a:
        traceId = readId(reader, 16);
        break;
      case 0x12:
        spanId = readId(reader, 8);
        break;
      case 0x1a:
        operationName = readText(reader);
        break;
      case 0x22:
        references.push(readReference(reader));
        break;
      case 0x28:
        flags = reader.varint32();
        break;
      case 0x32:
        startTimeNs = readTimeNs(reader);
        break;
      case 0x3a:
        durationNs = readTimeNs(reader);
        break;
      case 0x42:
        tags.push(readKeyValue(reader));
        break;
      case 0x4a:
        logs.push(readLog(reader));
        break;
      case 0x62:
        warnings.push(readText(reader));
        break;
      default:
        reader.skip(tag & 7);
    }
  }
  return {
    traceId,
    spanId,
    operationName,
    references,
    flags,
    startTimeNs,
    durationNs,
    tags,
    logs,
    process,
    warnings,
  };
}

function readProcessTags(reader: WireReader): KeyValue[] {
  const tags: KeyValue[] = [];
  while (reader.position < reader.end) {
    const tag = reader.varint32();
    if (tag === 0x12) tags.push(readKeyValue(reader));
    else reader.skip(tag & 7);
  }
  return tags;
}

function readId(reader: WireReader, length: number): string {
  const start = reader.bytes();
  if (reader.position - start !== length) throw malformed("span is not canonical: id of another length");
  return hexOf(reader.buffer, start, length);
}

function readText(reader: WireReader): string {
  const start = reader.bytes();
  return decodeUtf8(reader.buffer, start, reader.position);
}

function readReference(reader: WireReader): SpanReference {
  const outer = reader.enter();
  let traceId = ZERO_TRACE_ID;
  let spanId = ZERO_SPAN_ID;
  let type = 0;
  while (reader.position < reader.end) {
    const tag = reader.varint32();
    if (tag === 0x0a) traceId = readId(reader, 16);
    else if (tag === 0x12) spanId = readId(reader, 8);
    else if (tag === 0x18) type = reader.varint32();
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  // v1 shows a type it does not know as CHILD_OF.
  return { type: type === 1 ? "FOLLOWS_FROM" : "CHILD_OF", traceId, spanId };
}

/** A Timestamp or a Duration. */
function readTimeNs(reader: WireReader): bigint {
  const outer = reader.enter();
  let seconds = 0;
  let nanos = 0;
  while (reader.position < reader.end) {
    const tag = reader.varint32();
    if (tag === 0x08) seconds = reader.varintNumber();
    else if (tag === 0x10) nanos = reader.varint32() | 0;
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return BigInt(seconds) * BILLION + BigInt(nanos);
}

function readLog(reader: WireReader): Log {
  const outer = reader.enter();
  let timestampNs = 0n;
  const fields: KeyValue[] = [];
  while (reader.position < reader.end) {
    const tag = reader.varint32();
    if (tag === 0x12) fields.push(readKeyValue(reader));
    else if (tag === 0x0a) timestampNs = readTimeNs(reader);
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return { timestampNs, fields };
}

const cursor = new KeyValueCursor();

/** The cursor knows the fields of a key-value; one serves all. */
function readKeyValue(reader: WireReader): KeyValue {
  cursor.read(reader);
  return cursor.keyValue();
}
