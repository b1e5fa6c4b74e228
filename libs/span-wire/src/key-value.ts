import { type KeyValue, VALUE_TYPE } from "@spoor/span-model";
import type { WireWriter } from "./writer.ts";

/** A message field of KeyValue with `v_type` STRING. */
export function writeStringKeyValue(writer: WireWriter, field: number, key: string, value: string): void {
  const mark = writer.begin(field);
  writer.textField(1, key);
  writer.textField(3, value);
  writer.end(mark);
}

export function writeBoolKeyValue(writer: WireWriter, field: number, key: string, value: boolean): void {
  const mark = writer.begin(field);
  writer.textField(1, key);
  writeType(writer, VALUE_TYPE.bool);
  if (value) {
    writer.tag(4, 0);
    writer.varint32(1);
  }
  writer.end(mark);
}

export function writeInt64KeyValue(writer: WireWriter, field: number, key: string, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  writeInt64KeyValueWords(writer, field, key, Number(bits & 0xffffffffn), Number(bits >> 32n));
}

/** The value as two 32-bit halves of its two's complement. */
export function writeInt64KeyValueWords(
  writer: WireWriter,
  field: number,
  key: string,
  low: number,
  high: number,
): void {
  const mark = writer.begin(field);
  writer.textField(1, key);
  writeType(writer, VALUE_TYPE.int64);
  if (low !== 0 || high !== 0) {
    writer.tag(5, 0);
    writer.varint64(low, high);
  }
  writer.end(mark);
}

export function writeFloat64KeyValue(writer: WireWriter, field: number, key: string, value: number): void {
  const mark = writer.begin(field);
  writer.textField(1, key);
  writeType(writer, VALUE_TYPE.float64);
  // Go leaves out +0 and -0 alike.
  if (value !== 0) {
    writer.tag(6, 1);
    writer.double(value);
  }
  writer.end(mark);
}

export function writeBinaryKeyValue(
  writer: WireWriter,
  field: number,
  key: string,
  value: Uint8Array,
  start: number = 0,
  end: number = value.length,
): void {
  const mark = writer.begin(field);
  writer.textField(1, key);
  writeType(writer, VALUE_TYPE.binary);
  if (end > start) writer.bytesField(7, value, start, end);
  writer.end(mark);
}

export function writeKeyValue(writer: WireWriter, field: number, tag: KeyValue): void {
  switch (tag.type) {
    case "string":
      writeStringKeyValue(writer, field, tag.key, tag.value);
      break;
    case "bool":
      writeBoolKeyValue(writer, field, tag.key, tag.value);
      break;
    case "int64":
      writeInt64KeyValue(writer, field, tag.key, tag.value);
      break;
    case "float64":
      writeFloat64KeyValue(writer, field, tag.key, tag.value);
      break;
    case "binary":
      writeBinaryKeyValue(writer, field, tag.key, tag.value);
      break;
    case "unknown": {
      const mark = writer.begin(field);
      writer.textField(1, tag.key);
      writeType(writer, tag.code);
      writer.end(mark);
    }
  }
}

/** An enum is an int32: negative ones take ten bytes. */
function writeType(writer: WireWriter, type: number): void {
  writer.tag(2, 0);
  writer.varint64(type, type < 0 ? -1 : 0);
}
