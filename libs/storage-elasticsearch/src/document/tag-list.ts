import { type JsonBytes, JsonLiteral } from "@spoor/json-bytes";
import { VALUE_TYPE } from "@spoor/span-model";
import type { KeyValuePlaces } from "@spoor/span-wire";

const FIRST_KEY = new JsonLiteral('{"key":"');
const NEXT_KEY = new JsonLiteral(',{"key":"');
const STRING = new JsonLiteral('","type":"string","value":"');
const TRUE = new JsonLiteral('","type":"bool","value":"true"}');
const FALSE = new JsonLiteral('","type":"bool","value":"false"}');
const INT64 = new JsonLiteral('","type":"int64","value":"');
const FLOAT64 = new JsonLiteral('","type":"float64","value":"');
const BINARY = new JsonLiteral('","type":"binary","value":"');
const END = new JsonLiteral('"}');
/** Numbers below 2^50 are written without text in between. */
const MOST_HIGH = 2 ** 18;

/** Writes a tag or a log's field, `{"key", "type", "value" as text}`, behind a comma unless it is the list's first. */
export function writeTag(json: JsonBytes, tag: KeyValuePlaces, isFirst: boolean): void {
  const { buffer, type, valueStart, valueEnd } = tag;
  json.literal(isFirst ? FIRST_KEY : NEXT_KEY);
  json.string(buffer, tag.keyStart, tag.keyEnd);
  if (type === VALUE_TYPE.string) {
    json.literal(STRING);
    json.string(buffer, valueStart, valueEnd);
  } else if (type === VALUE_TYPE.bool) {
    json.literal(tag.low !== 0 ? TRUE : FALSE);
    return;
  } else if (type === VALUE_TYPE.int64) {
    json.literal(INT64);
    if (tag.high >= 0 && tag.high < MOST_HIGH) json.uint(tag.high * 2 ** 32 + (tag.low >>> 0));
    else json.text(tag.valueText());
  } else if (type === VALUE_TYPE.binary) {
    json.literal(BINARY);
    json.hex(buffer, valueStart, valueEnd);
  } else {
    // A type that v1 does not know becomes text that says so: its readers would fail on another type.
    json.literal(type === VALUE_TYPE.float64 ? FLOAT64 : STRING);
    json.text(tag.valueText());
  }
  json.literal(END);
}
