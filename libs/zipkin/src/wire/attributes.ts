import { isUtf8 } from "node:buffer";
import {
  type WireWriter,
  writeBinaryKeyValue,
  writeBoolKeyValue,
  writeFloat64KeyValue,
  writeInt64KeyValue,
  writeStringKeyValue,
} from "@spoor/span-wire";

/** Value of a tag or log field: text, text as it came (not checked for UTF-8), bool, integer, double. */
export type AttributeValue = string | Uint8Array | boolean | bigint | { readonly double: number };

/** Writes a KeyValue field; text that is not UTF-8 becomes binary, as v1's sanitiser has it. */
export function writeAttribute(out: WireWriter, field: number, key: string, value: AttributeValue): void {
  if (typeof value === "string") writeStringKeyValue(out, field, key, value);
  else if (typeof value === "boolean") writeBoolKeyValue(out, field, key, value);
  else if (typeof value === "bigint") writeInt64KeyValue(out, field, key, value);
  else if (!(value instanceof Uint8Array)) writeFloat64KeyValue(out, field, key, value.double);
  else if (isUtf8(value)) writeStringKeyValue(out, field, key, Buffer.from(value).toString("utf8"));
  else writeBinaryKeyValue(out, field, key, value);
}
