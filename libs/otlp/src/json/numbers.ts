import { goQuote } from "@spoor/go-text";
import type { JsonReader } from "./reader.ts";

const MAX_UINT64 = [18_446_744_073, 709_551_615] as const;
const MAX_INT64 = [9_223_372_036, 854_775_807] as const;

/**
 * Reads integers of up to 64 bits that come as numbers or as strings, without rounding, into `json.low` and `json.high`.
 * `operation` is v1's name of the reading function, which errors begin with.
 */
export function readInteger(json: JsonReader, operation: "ReadInt64" | "ReadUint64"): void {
  const kind = json.kind();
  if (kind === "number") {
    const signed = operation === "ReadInt64";
    const { negative, start, end } = json.digits(signed ? operation : "readUint64", signed);
    if (!setDigits(json, json.bytes, start, end, negative, signed)) {
      throw json.fail(signed ? operation : "readUint64", "overflow");
    }
  } else if (kind === "string") {
    json.string();
    readDigits(json, operation);
  } else throw json.fail(operation, "unsupported value type");
}

function readDigits(json: JsonReader, operation: "ReadInt64" | "ReadUint64"): void {
  const bytes = json.unescaped ?? json.bytes;
  let start = json.unescaped ? 0 : json.stringStart;
  const end = json.unescaped ? json.unescaped.length : json.stringEnd;
  const signed = operation === "ReadInt64";
  const sign = signed ? bytes[start] : undefined;
  const negative = sign === 0x2d;
  if (start < end && (negative || sign === 0x2b)) start++;
  let valid = end > start;
  for (let i = start; i < end; i++) if ((bytes[i] as number) < 0x30 || (bytes[i] as number) > 0x39) valid = false;
  const go = signed ? "strconv.ParseInt" : "strconv.ParseUint";
  if (!valid) throw json.fail(operation, `${go}: parsing ${goQuote(json.text())}: invalid syntax`);
  if (!setDigits(json, bytes, start, end, negative, signed)) {
    throw json.fail(operation, `${go}: parsing ${goQuote(json.text())}: value out of range`);
  }
}

/** Sets the integer with these decimal digits; false when it does not fit. */
function setDigits(
  json: JsonReader,
  bytes: Uint8Array,
  start: number,
  end: number,
  negative: boolean,
  signed: boolean,
): boolean {
  let first = start;
  while (first < end - 1 && bytes[first] === 0x30) first++;
  if (end - first > 20) return false;
  // value = upper * 1e9 + lower, each exact.
  const split = Math.max(first, end - 9);
  let upper = 0;
  for (let i = first; i < split; i++) upper = upper * 10 + (bytes[i] as number) - 0x30;
  let lower = 0;
  for (let i = split; i < end; i++) lower = lower * 10 + (bytes[i] as number) - 0x30;
  const most = signed ? MAX_INT64 : MAX_UINT64;
  const mostLower = most[1] + (negative ? 1 : 0);
  if (upper > most[0] || (upper === most[0] && lower > mostLower)) return false;
  const low = (Math.imul((upper % 4294967296) | 0, 1_000_000_000) + lower) >>> 0;
  // The sum is rounded, by far less than half of 2^32.
  const high = Math.round((upper * 1_000_000_000 + lower - low) / 4294967296) >>> 0;
  if (negative) {
    json.low = -low >>> 0;
    json.high = (~high + (low === 0 ? 1 : 0)) >>> 0;
  } else {
    json.low = low;
    json.high = high;
  }
  return true;
}

/** A count that nobody stores; what v1 checks of it is checked. */
export function skipCount(json: JsonReader): void {
  const kind = json.kind();
  if (kind !== "number" && kind !== "string") throw json.fail("ReadUint32", "unsupported value type");
  readInteger(json, "ReadUint64");
  if (json.high !== 0) throw json.fail("ReadUint32", "value out of range");
}

/** An enum as its number (int32) or one of its names. */
export function readEnum(json: JsonReader, names: ReadonlyMap<string, number>): number {
  const kind = json.kind();
  if (kind === "number") {
    readInteger(json, "ReadInt64");
    const value = json.low | 0;
    if (json.high !== (value < 0 ? 0xffffffff : 0)) throw json.fail("ReadInt32", "overflow");
    return value;
  }
  if (kind !== "string") throw json.fail("ReadEnumValue", "unsupported value type");
  json.string();
  const value = names.get(json.text());
  if (value === undefined) throw json.fail("ReadEnumValue", "unknown string value");
  return value;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITY = /^[+-]?inf(?:inity)?$/i;

/** A double as a number or as a string, which may also be `NaN` or `Infinity`. */
export function readDouble(json: JsonReader): number {
  const kind = json.kind();
  let text: string;
  if (kind === "number") text = json.numberText();
  else if (kind === "string") {
    json.string();
    text = json.text();
    if (/^nan$/i.test(text)) return Number.NaN;
    if (INFINITY.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  } else throw json.fail("ReadFloat64", "unsupported value type");
  const problem = `strconv.ParseFloat: parsing ${goQuote(text)}`;
  if (!DECIMAL.test(text)) throw json.fail("ReadFloat64", `${problem}: invalid syntax`);
  const value = Number(text);
  if (!Number.isFinite(value)) throw json.fail("ReadFloat64", `${problem}: value out of range`);
  return value;
}
