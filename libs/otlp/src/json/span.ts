import type { WireWriter } from "@spoor/span-wire";
import { OtlpError } from "../errors.ts";
import { writeAttributes, writeString } from "./any-value.ts";
import { FieldTable, spellings } from "./field-table.ts";
import { readEnum, readInteger, skipCount } from "./numbers.ts";
import { hexDigit, type JsonReader } from "./reader.ts";
import { beginWide, endWide } from "./wide.ts";

/** Field numbers are OTLP's. */
const SPAN = new FieldTable({
  1: spellings("traceId"),
  2: spellings("spanId"),
  3: spellings("traceState"),
  4: spellings("parentSpanId"),
  5: ["name"],
  6: ["kind"],
  7: spellings("startTimeUnixNano"),
  8: spellings("endTimeUnixNano"),
  9: ["attributes"],
  10: spellings("droppedAttributesCount"),
  11: ["events"],
  12: spellings("droppedEventsCount"),
  13: ["links"],
  14: spellings("droppedLinksCount"),
  15: ["status"],
  16: ["flags"],
});
const EVENT = new FieldTable({
  1: spellings("timeUnixNano"),
  2: ["name"],
  3: ["attributes"],
  4: spellings("droppedAttributesCount"),
});
const LINK = new FieldTable({
  1: spellings("traceId"),
  2: spellings("spanId"),
  3: spellings("traceState"),
  4: ["attributes"],
  5: spellings("droppedAttributesCount"),
  6: ["flags"],
});
const STATUS = new FieldTable({ 2: ["message"], 3: ["code"] });

const KINDS = new Map(
  ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map((name, i) => [`SPAN_KIND_${name}`, i]),
);
const STATUS_CODES = new Map(["UNSET", "OK", "ERROR"].map((name, i) => [`STATUS_CODE_${name}`, i]));

/** Writes the spans of a JSON array as repeated field 2 (`spans`) of ScopeSpans. */
export class SpanJson {
  readonly #json: JsonReader;
  readonly #out: WireWriter;
  readonly #maxNesting: number;

  constructor(json: JsonReader, out: WireWriter, maxNesting: number) {
    this.#json = json;
    this.#out = out;
    this.#maxNesting = maxNesting;
  }

  writeAll(): void {
    const json = this.#json;
    if (!json.enterArray()) return;
    do {
      const mark = beginWide(this.#out, 2);
      if (json.enterObject()) {
        do this.#field(json.field(SPAN));
        while (json.moreFields());
      }
      endWide(this.#out, mark);
    } while (json.moreItems());
  }

  #field(field: number): void {
    const json = this.#json;
    const out = this.#out;
    switch (field) {
      case 1:
        this.#id(1, 16, "readSpan.traceId", "trace_id");
        break;
      case 2:
        this.#id(2, 8, "readSpan.spanId", "span_id");
        break;
      case 4:
        this.#id(4, 8, "readSpan.parentSpanId", "parent_span_id");
        break;
      case 3:
      case 5:
        writeString(json, out, field);
        break;
      case 6:
        this.#enum(6, KINDS);
        break;
      case 7:
      case 8:
        this.#fixed64(field);
        break;
      case 9:
        writeAttributes(json, out, 9, this.#maxNesting);
        break;
      case 10:
      case 12:
      case 14:
      case 16:
        skipCount(json);
        break;
      case 11:
        this.#events();
        break;
      case 13:
        this.#links();
        break;
      case 15:
        this.#status();
        break;
      default:
        json.skip();
    }
  }

  /** An id in hex; an empty or absent one is none. */
  #id(field: number, size: number, operation: string, name: string): void {
    const json = this.#json;
    json.string();
    const source = json.unescaped ?? json.bytes;
    const start = json.unescaped ? 0 : json.stringStart;
    const length = (json.unescaped ? json.unescaped.length : json.stringEnd) - start;
    const out = this.#out;
    out.tag(field, 2);
    if (length === 0) {
      out.varint32(0);
      return;
    }
    if (length >> 1 !== size) throw this.#invalidId(operation, `parse ${name}:invalid length for ID`);
    out.varint32(size);
    out.reserve(size);
    const dst = out.buffer;
    for (let i = 0; i < length; i++) {
      const digit = hexDigit(source[start + i] as number);
      if (digit < 0) {
        const byte = source[start + i] as number;
        const code = `U+${byte.toString(16).toUpperCase().padStart(4, "0")}`;
        const problem = `cannot unmarshal ID from string '${json.text()}': encoding/hex: invalid byte: ${code} '${String.fromCharCode(byte)}'`;
        throw this.#invalidId(operation, `parse ${name}:${problem}`);
      }
      if ((i & 1) === 0) dst[out.position + (i >> 1)] = digit << 4;
      else dst[out.position + (i >> 1)] = (dst[out.position + (i >> 1)] as number) | digit;
    }
    if ((length & 1) === 1) {
      const problem = `cannot unmarshal ID from string '${json.text()}': encoding/hex: odd length hex string`;
      throw this.#invalidId(operation, `parse ${name}:${problem}`);
    }
    out.position += size;
  }

  #invalidId(operation: string, problem: string): OtlpError {
    return new OtlpError("INVALID_ID", this.#json.fail(operation, problem).message);
  }

  #enum(field: number, names: ReadonlyMap<string, number>): void {
    const value = readEnum(this.#json, names);
    this.#out.tag(field, 0);
    this.#out.varint64(value, value < 0 ? -1 : 0);
  }

  #fixed64(field: number): void {
    readInteger(this.#json, "ReadUint64");
    const out = this.#out;
    out.tag(field, 1);
    out.reserve(8);
    out.buffer.writeUInt32LE(this.#json.low, out.position);
    out.buffer.writeUInt32LE(this.#json.high, out.position + 4);
    out.position += 8;
  }

  #events(): void {
    const json = this.#json;
    const out = this.#out;
    if (!json.enterArray()) return;
    do {
      const mark = beginWide(out, 11);
      if (json.enterObject()) {
        do {
          switch (json.field(EVENT)) {
            case 1:
              this.#fixed64(1);
              break;
            case 2:
              writeString(json, out, 2);
              break;
            case 3:
              writeAttributes(json, out, 3, this.#maxNesting);
              break;
            case 4:
              skipCount(json);
              break;
            default:
              json.skip();
          }
        } while (json.moreFields());
      }
      endWide(out, mark);
    } while (json.moreItems());
  }

  #links(): void {
    const json = this.#json;
    const out = this.#out;
    if (!json.enterArray()) return;
    do {
      const mark = beginWide(out, 13);
      if (json.enterObject()) {
        do {
          switch (json.field(LINK)) {
            case 1:
              this.#id(1, 16, "readSpanLink", "trace_id");
              break;
            case 2:
              this.#id(2, 8, "readSpanLink", "span_id");
              break;
            case 3:
              json.string();
              break;
            case 4:
              writeAttributes(json, out, 4, this.#maxNesting);
              break;
            case 5:
            case 6:
              skipCount(json);
              break;
            default:
              json.skip();
          }
        } while (json.moreFields());
      }
      endWide(out, mark);
    } while (json.moreItems());
  }

  #status(): void {
    const json = this.#json;
    const out = this.#out;
    const mark = beginWide(out, 15);
    if (json.enterObject()) {
      do {
        const field = json.field(STATUS);
        if (field === 2) writeString(json, out, 2);
        else if (field === 3) this.#enum(3, STATUS_CODES);
        else json.skip();
      } while (json.moreFields());
    }
    endWide(out, mark);
  }
}
