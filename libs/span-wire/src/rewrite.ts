import { WireReader } from "./reader.ts";
import { NO_TIME_SECONDS, writeSecondsNanos } from "./time.ts";
import { WireWriter } from "./writer.ts";

/** A field: its number and where its tag begins, its value begins (behind a length) and it ends. */
interface Field {
  readonly number: number;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/**
 * The canonical form of a valid span: what Go would write after reading it. Singular fields once (the last one counts),
 * in the order of their numbers, ids at full length and times present (absent start: year 1, absent duration: 0);
 * references and logs likewise; without the process; unknown fields last.
 */
export function rewriteSpan(buffer: Uint8Array, start: number, end: number): Uint8Array {
  const fields = fieldsOf(buffer, start, end);
  const writer = new WireWriter(end - start + 64);
  writeTraceId(writer, buffer, last(fields, 1));
  writeSpanId(writer, buffer, last(fields, 2));
  copy(writer, buffer, last(fields, 3));
  for (const field of fields) if (field.number === 4) rewriteReference(writer, buffer, field);
  copy(writer, buffer, last(fields, 5));
  const startTime = last(fields, 6);
  if (startTime === undefined) writeSecondsNanos(writer, 6, NO_TIME_SECONDS, 0);
  else copy(writer, buffer, startTime);
  const duration = last(fields, 7);
  if (duration === undefined) writeSecondsNanos(writer, 7, 0, 0);
  else copy(writer, buffer, duration);
  for (const field of fields) if (field.number === 8) copy(writer, buffer, field);
  for (const field of fields) if (field.number === 9) rewriteLog(writer, buffer, field);
  copy(writer, buffer, last(fields, 11));
  for (const field of fields) if (field.number > 11 || field.number === 0) copy(writer, buffer, field);
  return writer.finish();
}

function rewriteReference(writer: WireWriter, buffer: Uint8Array, reference: Field): void {
  const fields = fieldsOf(buffer, reference.valueStart, reference.end);
  const mark = writer.begin(4);
  writeTraceId(writer, buffer, last(fields, 1));
  writeSpanId(writer, buffer, last(fields, 2));
  for (const field of fields) if (field.number > 2) copy(writer, buffer, field);
  writer.end(mark);
}

function rewriteLog(writer: WireWriter, buffer: Uint8Array, log: Field): void {
  const fields = fieldsOf(buffer, log.valueStart, log.end);
  const mark = writer.begin(9);
  if (last(fields, 1) === undefined) writeSecondsNanos(writer, 1, NO_TIME_SECONDS, 0);
  for (const field of fields) copy(writer, buffer, field);
  writer.end(mark);
}

function writeTraceId(writer: WireWriter, buffer: Uint8Array, id: Field | undefined): void {
  writer.tag(1, 2);
  writer.varint32(16);
  const length = id === undefined ? 0 : id.end - id.valueStart;
  for (let i = length; i < 16; i++) writer.varint32(0);
  if (id !== undefined) writer.raw(buffer, id.valueStart, id.end);
}

function writeSpanId(writer: WireWriter, buffer: Uint8Array, id: Field | undefined): void {
  writer.tag(2, 2);
  writer.varint32(8);
  if (id === undefined) for (let i = 0; i < 8; i++) writer.varint32(0);
  else writer.raw(buffer, id.valueStart, id.end);
}

function copy(writer: WireWriter, buffer: Uint8Array, field: Field | undefined): void {
  if (field !== undefined) writer.raw(buffer, field.start, field.end);
}

function last(fields: readonly Field[], number: number): Field | undefined {
  return fields.findLast((field) => field.number === number);
}

function fieldsOf(buffer: Uint8Array, start: number, end: number): Field[] {
  const reader = new WireReader(buffer, start, end);
  const fields: Field[] = [];
  while (reader.position < end) {
    const fieldStart = reader.position;
    const tag = reader.varint32();
    let valueStart = reader.position;
    if ((tag & 7) === 2) valueStart = reader.bytes();
    else reader.skip(tag & 7);
    fields.push({ number: tag >>> 3, start: fieldStart, valueStart, end: reader.position });
  }
  return fields;
}
