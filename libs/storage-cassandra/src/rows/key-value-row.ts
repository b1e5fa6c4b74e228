import type { KeyValue } from "@spoor/span-model";
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

/** Fields that do not belong to the type are zero, as v1 writes them; `value_binary` alone is null, and so is an empty binary. */
export function writeKeyValue(writer: CqlWriter, tag: KeyValue): void {
  const item = writer.begin();
  writer.text(tag.key);
  // v1 knows no other types; a reader of v1 could not show the trace at all.
  writer.text(tag.type === "unknown" ? "string" : tag.type);
  writer.text(tag.type === "string" ? tag.value : tag.type === "unknown" ? `unknown type ${tag.code}` : "");
  writer.bool(tag.type === "bool" && tag.value);
  writer.bigint(tag.type === "int64" ? tag.value : 0n);
  writer.double(tag.type === "float64" ? tag.value : 0);
  if (tag.type === "binary" && tag.value.length > 0) writer.blob(tag.value);
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
