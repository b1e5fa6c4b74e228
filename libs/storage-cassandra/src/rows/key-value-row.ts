import { type KeyValue, VALUE_TYPE } from "@spoor/span-model";
import type { KeyValuePlaces } from "@spoor/span-wire";
import type { CqlWriter } from "./cql-writer.ts";

/** The user type `keyvalue` as the driver gives it. */
export interface KeyValueRow {
  readonly key: string | null;
  readonly value_type: string | null;
  readonly value_string: string | null;
  readonly value_bool: boolean | null;
  readonly value_long: bigint | null;
  readonly value_double: number | null;
  readonly value_binary: Buffer | null;
}

const NO_BYTES = new Uint8Array(0);

const TYPE_NAMES = ["string", "bool", "int64", "float64", "binary"].map((name) => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(name.length);
  return Buffer.concat([length, Buffer.from(name)]);
});
const STRING_NAME = TYPE_NAMES[VALUE_TYPE.string] as Buffer;
/** `value_bool`, `value_long`, `value_double` and `value_binary` of the other types. */
const NUMBERS_BYTES = 5 + 12 + 12 + 4;

/** Fields that do not belong to the type are zero, as v1 writes them; `value_binary` alone is null, and so is an empty binary. */
export function writeKeyValue(writer: CqlWriter, tag: KeyValuePlaces): void {
  const { buffer, type, valueStart, valueEnd } = tag;
  const item = writer.begin();
  writer.utf8(buffer, tag.keyStart, tag.keyEnd);
  // v1 knows no other types; a reader of v1 could not show the trace at all.
  writer.raw(TYPE_NAMES[type] ?? STRING_NAME);
  if (type === VALUE_TYPE.string) writer.utf8(buffer, valueStart, valueEnd);
  else if (TYPE_NAMES[type] !== undefined) writer.int32(0);
  else writer.text(`unknown type ${type}`);
  writer.reserve(NUMBERS_BYTES);
  const { view } = writer;
  const at = writer.position;
  view.setInt32(at, 1);
  view.setUint8(at + 4, type === VALUE_TYPE.bool && tag.low !== 0 ? 1 : 0);
  const isInteger = type === VALUE_TYPE.int64;
  view.setInt32(at + 5, 8);
  view.setInt32(at + 9, isInteger ? tag.high : 0);
  view.setInt32(at + 13, isInteger ? tag.low : 0);
  view.setInt32(at + 17, 8);
  view.setFloat64(at + 21, type === VALUE_TYPE.float64 ? tag.float64() : 0);
  writer.position = at + 29;
  if (type === VALUE_TYPE.binary && valueEnd > valueStart) writer.blob(buffer, valueStart, valueEnd);
  else writer.null();
  writer.end(item);
}

/** A value type that v1 does not write is shown as text. */
export function keyValueOf(row: KeyValueRow): KeyValue {
  const key = row.key ?? "";
  switch (row.value_type) {
    case "bool":
      return { key, type: "bool", value: row.value_bool ?? false };
    case "int64":
      return { key, type: "int64", value: row.value_long ?? 0n };
    case "float64":
      return { key, type: "float64", value: row.value_double ?? 0 };
    case "binary":
      return { key, type: "binary", value: row.value_binary === null ? NO_BYTES : Uint8Array.from(row.value_binary) };
    default:
      return { key, type: "string", value: row.value_string ?? "" };
  }
}
