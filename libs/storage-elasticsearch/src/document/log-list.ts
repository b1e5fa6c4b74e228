import { type JsonBytes, JsonLiteral } from "@spoor/json-bytes";
import { KeyValuePlaces, WireReader } from "@spoor/span-wire";
import { writeMicros } from "./micros.ts";
import { writeTag } from "./tag-list.ts";

const TIMESTAMP = new JsonLiteral('{"timestamp":');
const NO_FIELDS = new JsonLiteral(',"fields":null}');
const FIELDS = new JsonLiteral(',"fields":[');
const END_FIELDS = new JsonLiteral("]}");
const COMMA = 44;

/** Writes logs as documents have them, `{"timestamp" in microseconds, "fields"}`. */
export class LogList {
  readonly #reader = new WireReader(new Uint8Array(0));
  readonly #field = new KeyValuePlaces();

  /** Writes the logs among the encoded fields `buffer[from, to)` of a span, with commas in between. */
  write(json: JsonBytes, buffer: Uint8Array, from: number, to: number): void {
    const reader = this.#reader;
    const field = this.#field;
    reader.open(buffer, from, to);
    let isFirst = true;
    while (reader.position < to) {
      const tag = reader.varint32();
      if (tag !== 0x4a) {
        reader.skip(tag & 7);
        continue;
      }
      if (!isFirst) json.byte(COMMA);
      isFirst = false;
      const outer = reader.enter();
      const start = reader.position;
      json.literal(TIMESTAMP);
      writeTime(json, reader);
      reader.position = start;
      let fields = 0;
      while (reader.position < reader.end) {
        const inner = reader.varint32();
        if (inner !== 0x12) {
          reader.skip(inner & 7);
          continue;
        }
        if (fields === 0) json.literal(FIELDS);
        field.read(reader);
        writeTag(json, field, fields++ === 0);
      }
      reader.leave(outer);
      json.literal(fields === 0 ? NO_FIELDS : END_FIELDS);
    }
  }
}

/** The timestamp of the log that the reader has entered. */
function writeTime(json: JsonBytes, reader: WireReader): void {
  while (reader.position < reader.end) {
    const tag = reader.varint32();
    if (tag !== 0x0a) {
      reader.skip(tag & 7);
      continue;
    }
    const outer = reader.enter();
    let seconds = 0;
    let nanos = 0;
    while (reader.position < reader.end) {
      const inner = reader.varint32();
      if (inner === 0x08) seconds = reader.varintNumber();
      else if (inner === 0x10) nanos = reader.varint32() | 0;
      else reader.skip(inner & 7);
    }
    reader.leave(outer);
    writeMicros(json, seconds, nanos);
    return;
  }
  json.uint(0);
}
