import { goJsonFloat, goJsonString } from "@spoor/go-text";
import { decodeUtf8, type WireReader } from "@spoor/span-wire";
import { OtlpError } from "../errors.ts";
import { ANY_VALUE, ARRAY_VALUE, KEY_VALUE, KEY_VALUE_LIST } from "./shapes.ts";

/** An array or map holds NaN or an infinity, for which Go's JSON has no form. */
class NotJson extends Error {}

/**
 * The text v1 stores for an attribute that is an array (AnyValue field 5) or a map (field 6), whose message is `[start, end)`:
 * JSON as OpenTelemetry's `pcommon.Value.AsString` gives it. Keys of maps are sorted and of equal ones the last wins;
 * bytes are base64; with NaN or an infinity inside, the text is empty.
 */
export function anyValueJson(
  reader: WireReader,
  isMap: boolean,
  start: number,
  end: number,
  maxNesting: number,
): string {
  const saved = reader.end;
  try {
    return container(reader, isMap, start, end, maxNesting);
  } catch (error) {
    if (error instanceof NotJson) return "";
    throw error;
  } finally {
    reader.position = end;
    reader.end = saved;
  }
}

function container(reader: WireReader, isMap: boolean, start: number, end: number, nesting: number): string {
  if (nesting <= 0) throw new OtlpError("LIMIT_EXCEEDED", "attribute value: arrays and maps are nested too deeply");
  // Concatenated, never joined: a nested text is not copied on every level, but once, by whoever reads the whole.
  let items = "";
  const fields: { key: string; json: string }[] = [];
  reader.position = start;
  reader.end = end;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag !== 0x0a) {
      reader.skipField(tag, isMap ? KEY_VALUE_LIST : ARRAY_VALUE);
      continue;
    }
    const length = reader.length();
    const next = reader.position + length;
    if (isMap) fields.push(mapField(reader, next, nesting));
    else items += (items === "" ? "" : ",") + value(reader, next, nesting);
    reader.position = next;
    reader.end = end;
  }
  return isMap ? object(fields) : `[${items}]`;
}

/** Members sorted by the bytes of their UTF-8 keys, as Go sorts them. */
function object(fields: readonly { key: string; json: string }[]): string {
  const last = new Map<string, string>();
  for (const field of fields) last.set(field.key, field.json);
  const members = [...last].map(([key, json]) => ({ bytes: Buffer.from(key), text: `${goJsonString(key)}:${json}` }));
  members.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  let text = "";
  for (const member of members) text += (text === "" ? "" : ",") + member.text;
  return `{${text}}`;
}

function mapField(reader: WireReader, end: number, nesting: number): { key: string; json: string } {
  reader.end = end;
  let key = "";
  let json = "null";
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      const length = reader.length();
      key = decodeUtf8(reader.buffer, reader.position, reader.position + length);
      reader.position += length;
    } else if (tag === 0x12) {
      const next = reader.length() + reader.position;
      json = value(reader, next, nesting);
      reader.position = next;
      reader.end = end;
    } else reader.skipField(tag, KEY_VALUE);
  }
  return { key, json };
}

/** The message AnyValue in `[position, end)`. */
function value(reader: WireReader, end: number, nesting: number): string {
  reader.end = end;
  let json = "null";
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a: {
        const at = reader.bytes();
        json = goJsonString(decodeUtf8(reader.buffer, at, reader.position));
        break;
      }
      case 0x10:
        reader.varint();
        json = reader.low !== 0 || reader.high !== 0 ? "true" : "false";
        break;
      case 0x18:
        json = reader.varint64().toString();
        break;
      case 0x21:
        json = floatJson(reader.buffer, reader.fixed(8));
        break;
      case 0x2a:
      case 0x32: {
        const next = reader.length() + reader.position;
        json = container(reader, tag === 0x32, reader.position, next, nesting - 1);
        reader.position = next;
        reader.end = end;
        break;
      }
      case 0x3a: {
        const at = reader.bytes();
        const bytes = reader.buffer.subarray(at, reader.position);
        json = `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64")}"`;
        break;
      }
      default:
        reader.skipField(tag, ANY_VALUE);
    }
  }
  return json;
}

function floatJson(bytes: Uint8Array, at: number): string {
  const value = new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true);
  if (!Number.isFinite(value)) throw new NotJson();
  return goJsonFloat(value);
}
