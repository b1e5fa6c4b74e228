import { goJsonFloat, goJsonString } from "@spoor/go-text";
import { decodeUtf8 } from "@spoor/span-wire";
import { OtlpError } from "../errors.ts";
import type { ProtoCursor } from "../protobuf/cursor.ts";

/** An array or map holds NaN or an infinity, for which Go's JSON has no form. */
class NotJson extends Error {}

/**
 * The text v1 stores for an attribute that is an array (AnyValue field 5) or a map (field 6), whose message is `[start, end)`:
 * JSON as OpenTelemetry's `pcommon.Value.AsString` gives it. Keys of maps are sorted and of equal ones the last wins;
 * bytes are base64; with NaN or an infinity inside, the text is empty.
 */
export function anyValueJson(
  cursor: ProtoCursor,
  isMap: boolean,
  start: number,
  end: number,
  maxNesting: number,
): string {
  const saved = cursor.end;
  try {
    return container(cursor, isMap, start, end, maxNesting);
  } catch (error) {
    if (error instanceof NotJson) return "";
    throw error;
  } finally {
    cursor.position = end;
    cursor.end = saved;
  }
}

function container(cursor: ProtoCursor, isMap: boolean, start: number, end: number, nesting: number): string {
  if (nesting <= 0) throw new OtlpError("LIMIT_EXCEEDED", "attribute value: arrays and maps are nested too deeply");
  const items: string[] = [];
  const fields: { key: string; json: string }[] = [];
  const name = isMap ? "KeyValueList" : "ArrayValue";
  cursor.position = start;
  cursor.end = end;
  while (cursor.position < end) {
    const tag = cursor.tag(name);
    if (tag !== 0x0a) {
      if (tag >>> 3 === 1) throw cursor.wrongWireType(tag, "Values");
      cursor.skip(tag);
      continue;
    }
    const length = cursor.length();
    const next = cursor.position + length;
    if (isMap) fields.push(mapField(cursor, next, nesting));
    else items.push(value(cursor, next, nesting));
    cursor.position = next;
    cursor.end = end;
  }
  return isMap ? object(fields) : `[${items.join(",")}]`;
}

/** Members sorted by the bytes of their UTF-8 keys, as Go sorts them. */
function object(fields: readonly { key: string; json: string }[]): string {
  const last = new Map<string, string>();
  for (const field of fields) last.set(field.key, field.json);
  const members = [...last].map(([key, json]) => ({ bytes: Buffer.from(key), text: `${goJsonString(key)}:${json}` }));
  members.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return `{${members.map((member) => member.text).join(",")}}`;
}

function mapField(cursor: ProtoCursor, end: number, nesting: number): { key: string; json: string } {
  cursor.end = end;
  let key = "";
  let json = "null";
  while (cursor.position < end) {
    const tag = cursor.tag("KeyValue");
    if (tag === 0x0a) {
      const length = cursor.length();
      key = decodeUtf8(cursor.bytes, cursor.position, cursor.position + length);
      cursor.position += length;
    } else if (tag === 0x12) {
      const next = cursor.length() + cursor.position;
      json = value(cursor, next, nesting);
      cursor.position = next;
      cursor.end = end;
    } else if (tag >>> 3 === 1 || tag >>> 3 === 2) throw cursor.wrongWireType(tag, tag >>> 3 === 1 ? "Key" : "Value");
    else cursor.skip(tag);
  }
  return { key, json };
}

/** The message AnyValue in `[position, end)`. */
function value(cursor: ProtoCursor, end: number, nesting: number): string {
  cursor.end = end;
  let json = "null";
  while (cursor.position < end) {
    const tag = cursor.tag("AnyValue");
    switch (tag) {
      case 0x0a: {
        const at = cursor.fixed(cursor.length());
        json = goJsonString(decodeUtf8(cursor.bytes, at, cursor.position));
        break;
      }
      case 0x10:
        cursor.varint64();
        json = cursor.low !== 0 || cursor.high !== 0 ? "true" : "false";
        break;
      case 0x18:
        cursor.varint64();
        json = int64Text(cursor.low, cursor.high);
        break;
      case 0x21:
        json = floatJson(cursor.bytes, cursor.fixed(8));
        break;
      case 0x2a:
      case 0x32: {
        const next = cursor.length() + cursor.position;
        json = container(cursor, tag === 0x32, cursor.position, next, nesting - 1);
        cursor.position = next;
        cursor.end = end;
        break;
      }
      case 0x3a: {
        const at = cursor.fixed(cursor.length());
        const bytes = cursor.bytes.subarray(at, cursor.position);
        json = `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64")}"`;
        break;
      }
      default:
        if (tag >>> 3 <= 7) throw cursor.wrongWireType(tag, ANY_VALUE_FIELDS[tag >>> 3] ?? "Value");
        cursor.skip(tag);
    }
  }
  return json;
}

/** v1's names of AnyValue's fields, by number. */
export const ANY_VALUE_FIELDS: readonly string[] = [
  "",
  "StringValue",
  "BoolValue",
  "IntValue",
  "DoubleValue",
  "ArrayValue",
  "KvlistValue",
  "BytesValue",
];

function int64Text(low: number, high: number): string {
  const signed = high | 0;
  if (signed >= -0x200000 && signed <= 0x1fffff) return String(signed * 4294967296 + low);
  return ((BigInt(signed) << 32n) | BigInt(low)).toString();
}

function floatJson(bytes: Uint8Array, at: number): string {
  const value = new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true);
  if (!Number.isFinite(value)) throw new NotJson();
  return goJsonFloat(value);
}
