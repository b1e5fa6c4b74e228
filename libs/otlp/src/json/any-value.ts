import type { WireWriter } from "@spoor/span-wire";
import { OtlpError } from "../errors.ts";
import { FieldTable, spellings } from "./field-table.ts";
import { readDouble, readInteger } from "./numbers.ts";
import type { JsonReader } from "./reader.ts";
import { beginWide, endWide } from "./wide.ts";

const KEY_VALUE = new FieldTable({ 1: ["key"], 2: ["value"] });
const VALUES = new FieldTable({ 1: ["values"] });
const ANY_VALUE = new FieldTable({
  1: spellings("stringValue"),
  2: spellings("boolValue"),
  3: spellings("intValue"),
  4: spellings("doubleValue"),
  5: spellings("arrayValue"),
  6: spellings("kvlistValue"),
  7: spellings("bytesValue"),
});

/** A JSON string as a length-delimited field; an empty one is written too, for it sets the field. */
export function writeString(json: JsonReader, out: WireWriter, field: number): void {
  json.string();
  const { unescaped } = json;
  if (unescaped !== undefined) out.bytesField(field, unescaped, 0, unescaped.length);
  else out.bytesField(field, json.bytes, json.stringStart, json.stringEnd);
}

/** A list of KeyValue objects as repeated fields. */
export function writeAttributes(json: JsonReader, out: WireWriter, field: number, nesting: number): void {
  if (!json.enterArray()) return;
  do {
    const mark = out.begin(field);
    if (json.enterObject()) {
      do {
        const part = json.field(KEY_VALUE);
        if (part === 1) writeString(json, out, 1);
        else if (part === 2) {
          const value = out.begin(2);
          writeAnyValue(json, out, nesting);
          out.end(value);
        } else json.skip();
      } while (json.moreFields());
    }
    out.end(mark);
  } while (json.moreItems());
}

function writeAnyValue(json: JsonReader, out: WireWriter, nesting: number): void {
  if (!json.enterObject()) return;
  do {
    const field = json.field(ANY_VALUE);
    switch (field) {
      case 1:
        writeString(json, out, 1);
        break;
      case 2:
        out.tag(2, 0);
        out.varint32(json.bool() ? 1 : 0);
        break;
      case 3:
        readInteger(json, "ReadInt64");
        out.tag(3, 0);
        out.varint64(json.low, json.high);
        break;
      case 4: {
        const value = readDouble(json);
        out.tag(4, 1);
        out.double(value);
        break;
      }
      case 5:
      case 6:
        writeContainer(json, out, field, nesting);
        break;
      case 7:
        writeBase64(json, out);
        break;
      default:
        json.skip();
    }
  } while (json.moreFields());
}

/**
 * ArrayValue (5) or KeyValueList (6). The lengths in it are wide: moving the content when a level closes would copy what lies deep once a
 * level.
 */
function writeContainer(json: JsonReader, out: WireWriter, field: number, nesting: number): void {
  if (nesting <= 0) throw new OtlpError("LIMIT_EXCEEDED", "attribute value: arrays and maps are nested too deeply");
  const mark = beginWide(out, field);
  if (json.enterObject()) {
    do {
      if (json.field(VALUES) !== 1) json.skip();
      else if (json.enterArray()) {
        do {
          const item = beginWide(out, 1);
          if (field === 6) writeMember(json, out, nesting - 1);
          else writeAnyValue(json, out, nesting - 1);
          endWide(out, item);
        } while (json.moreItems());
      }
    } while (json.moreFields());
  }
  endWide(out, mark);
}

/** A KeyValue of a KeyValueList. */
function writeMember(json: JsonReader, out: WireWriter, nesting: number): void {
  if (!json.enterObject()) return;
  do {
    const field = json.field(KEY_VALUE);
    if (field === 1) writeString(json, out, 1);
    else if (field === 2) {
      const value = beginWide(out, 2);
      writeAnyValue(json, out, nesting);
      endWide(out, value);
    } else json.skip();
  } while (json.moreFields());
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function writeBase64(json: JsonReader, out: WireWriter): void {
  json.string();
  const text = json.text().replace(/[\r\n]/g, "");
  if (!BASE64.test(text)) {
    const at = text.search(/[^A-Za-z0-9+/]/);
    const problem = `base64 decode:illegal base64 data at input byte ${at < 0 ? text.length : at}`;
    throw json.fail("bytesValue", problem);
  }
  const bytes = Buffer.from(text, "base64");
  out.bytesField(7, bytes, 0, bytes.length);
}
