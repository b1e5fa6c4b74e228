import type { KeyValue } from "@spoor/span-model";
import { decodeUtf8 } from "@spoor/span-wire";
import { ANNOTATION_TYPE, type ZipkinCoreBinaryAnnotation } from "./zipkin-core.ts";

/** A binary annotation as a tag of its type; one that its bytes do not fit becomes a string that says so, in v1's words. */
export function annotationToTag({ key, value, type }: ZipkinCoreBinaryAnnotation): KeyValue {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  switch (type) {
    case ANNOTATION_TYPE.bool:
      return { key, type: "bool", value: value.length === 1 && value[0] === 1 };
    case ANNOTATION_TYPE.bytes:
      return { key, type: "binary", value };
    case ANNOTATION_TYPE.string:
      return { key, type: "string", value: decodeUtf8(value, 0, value.length) };
    case ANNOTATION_TYPE.double:
      if (value.length < 8) return unreadable(key, value, endOf(value));
      return { key, type: "float64", value: view.getFloat64(0) };
    case ANNOTATION_TYPE.i16:
      if (value.length < 2) return unreadable(key, value, endOf(value));
      return { key, type: "int64", value: BigInt(view.getInt16(0)) };
    case ANNOTATION_TYPE.i32:
      if (value.length < 4) return unreadable(key, value, endOf(value));
      return { key, type: "int64", value: BigInt(view.getInt32(0)) };
    case ANNOTATION_TYPE.i64:
      if (value.length < 8) return unreadable(key, value, endOf(value));
      return { key, type: "int64", value: view.getBigInt64(0) };
    default:
      return unreadable(key, value, `unknown zipkin annotation type: ${type}`);
  }
}

function endOf(value: Uint8Array): string {
  return value.length === 0 ? "EOF" : "unexpected EOF";
}

function unreadable(key: string, value: Uint8Array, reason: string): KeyValue {
  const bytes = Buffer.from(value).toString("base64");
  return { key, type: "string", value: `Cannot parse Zipkin value ${bytes}: ${reason}` };
}

/** An annotation's text as log fields: those of a JSON object of strings, else `event`. */
export function annotationToFields(text: string): KeyValue[] {
  const fields = stringMap(text);
  if (fields === undefined) return [{ key: "event", type: "string", value: text }];
  return fields.map(([key, value]) => ({ key, type: "string", value }));
}

/** What Go's `json.Unmarshal` into a map of strings accepts: null stands for nothing, or for an empty string. */
function stringMap(text: string): [string, string][] | undefined {
  const first = text.trimStart()[0];
  if (first !== "{" && first !== "n") return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (parsed === null) return [];
  if (typeof parsed !== "object" || Array.isArray(parsed)) return undefined;
  const fields: [string, string][] = [];
  for (const [key, value] of Object.entries(parsed)) {
    if (value !== null && typeof value !== "string") return undefined;
    fields.push([key, value ?? ""]);
  }
  return fields;
}
