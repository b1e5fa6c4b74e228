import { VALUE_TYPE } from "@spoor/span-model";
import type { KeyValuePlaces } from "@spoor/span-wire";
import { type JsonWriter, Piece } from "./json-writer.ts";

const FIRST_KEY = new Piece('{"key":"');
const NEXT_KEY = new Piece(',{"key":"');
const STRING = new Piece('","type":"string","value":"');
const TRUE = new Piece('","type":"bool","value":"true"}');
const FALSE = new Piece('","type":"bool","value":"false"}');
const INT64 = new Piece('","type":"int64","value":"');
const FLOAT64 = new Piece('","type":"float64","value":"');
const BINARY = new Piece('","type":"binary","value":"');
const END = new Piece('"}');
/** Numbers below 2^50 are written without text in between. */
const MOST_HIGH = 2 ** 18;

/** Writes a tag or a log's field, `{"key", "type", "value" as text}`, behind a comma unless it is the list's first. */
export function writeTag(json: JsonWriter, tag: KeyValuePlaces, isFirst: boolean): void {
  const { buffer, type, valueStart, valueEnd } = tag;
  json.utf8(isFirst ? FIRST_KEY : NEXT_KEY, buffer, tag.keyStart, tag.keyEnd);
  if (type === VALUE_TYPE.string) json.utf8(STRING, buffer, valueStart, valueEnd);
  else if (type === VALUE_TYPE.bool) {
    json.piece(tag.low !== 0 ? TRUE : FALSE);
    return;
  } else if (type === VALUE_TYPE.int64) {
    json.piece(INT64);
    if (tag.high >= 0 && tag.high < MOST_HIGH) json.decimal(tag.high * 2 ** 32 + (tag.low >>> 0));
    else json.ascii(tag.valueText());
  } else if (type === VALUE_TYPE.binary) {
    json.piece(BINARY);
    json.hex(buffer, valueStart, valueEnd);
  } else {
    // A type that v1 does not know becomes text that says so: its readers would fail on another type.
    json.piece(type === VALUE_TYPE.float64 ? FLOAT64 : STRING);
    json.ascii(tag.valueText());
  }
  json.piece(END);
}
