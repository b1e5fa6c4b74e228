import { hexOf, type TraceId } from "@spoor/span-model";
import { decodeUtf8, hexToBytes, SpanWireError, WireReader, type WireWriter } from "@spoor/span-wire";

/** Reads one field's value: a varint from the reader, or the range of a length-delimited one. */
export type FieldReader = (reader: WireReader, start: number, end: number) => unknown;

/** Calls the reader of each known field; others are stepped over. Throws SpanWireError for what is no protobuf. */
export function readFields(
  fields: Readonly<Record<number, FieldReader>>,
  message: Uint8Array,
  start: number = 0,
  end: number = message.length,
): void {
  const reader = new WireReader(message, start, end);
  while (reader.position < reader.end) {
    const tag = reader.varint32();
    const wireType = tag & 7;
    const field = fields[tag >>> 3];
    if (field !== undefined && wireType === 0) field(reader, 0, 0);
    else if (field !== undefined && wireType === 2) {
      const at = reader.bytes();
      field(reader, at, reader.position);
    } else reader.skip(wireType);
  }
}

/** `bytes trace_id`: 16 bytes, or 8 for the lower half, as v1 takes them. */
export function readTraceIdField(reader: WireReader, start: number, end: number): TraceId {
  if (end - start !== 16 && end - start !== 8) {
    throw new SpanWireError("MALFORMED", "invalid length for TraceID");
  }
  return hexOf(reader.buffer, start, end - start).padStart(32, "0");
}

export function writeTraceIdField(writer: WireWriter, field: number, traceId: TraceId): void {
  writer.bytesField(field, hexToBytes(traceId, 16), 0, 16);
}

export function readText(reader: WireReader, start: number, end: number): string {
  return decodeUtf8(reader.buffer, start, end);
}

/** Fields 1 and 2 of a message, both text: names with kinds, and the entries of maps. */
export function readTwoTexts(reader: WireReader, start: number, end: number): readonly [string, string] {
  let [first, second] = ["", ""];
  readFields(
    {
      1: (inner, from, to) => {
        first = readText(inner, from, to);
      },
      2: (inner, from, to) => {
        second = readText(inner, from, to);
      },
    },
    reader.buffer,
    start,
    end,
  );
  return [first, second];
}

export function writeTwoTexts(writer: WireWriter, field: number, first: string, second: string): void {
  const mark = writer.begin(field);
  writer.textField(1, first);
  writer.textField(2, second);
  writer.end(mark);
}

export function readBool(reader: WireReader): boolean {
  return reader.varint64() !== 0n;
}

export function writeBool(writer: WireWriter, field: number, value: boolean): void {
  if (!value) return;
  writer.tag(field, 0);
  writer.varint32(1);
}
