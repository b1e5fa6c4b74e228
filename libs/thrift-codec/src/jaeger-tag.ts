import { VALUE_TYPE } from "@spoor/span-model";
import { ByteCopier, type WireWriter } from "@spoor/span-wire";
import type { ThriftReader } from "./reader.ts";
import { checkStructs, inField, inStruct, missing } from "./struct-errors.ts";
import { TYPE } from "./types.ts";

/** `TagType` of jaeger.thrift; its numbers differ from protobuf's `ValueType`. */
export const TAG_TYPE = { string: 0, double: 1, bool: 2, long: 3, binary: 4 } as const;

const GO_NAME = "*jaeger.Tag";

/**
 * Reads `Tag{1 key, 2 vType, 3 vStr, 4 vDouble, 5 vBool, 6 vLong, 7 vBinary}` and writes it as a KeyValue field. A value
 * that is missing is the type's zero; values of other types are ignored.
 */
export class TagTranscoder {
  readonly #reader: ThriftReader;
  readonly #copier: ByteCopier;
  // Of the tag being read; fields rather than locals, so that errors and the writing half see them.
  #keyStart = 0;
  #keyEnd = 0;
  #type = 0;
  #textStart = 0;
  #textEnd = 0;
  #binaryStart = 0;
  #binaryEnd = 0;
  #doubleLow = 0;
  #doubleHigh = 0;
  #longLow = 0;
  #longHigh = 0;
  #bool = false;
  #seen = 0;

  constructor(reader: ThriftReader) {
    this.#reader = reader;
    this.#copier = new ByteCopier(reader.buffer);
  }

  /** Reads a list of tags. */
  transcodeList(writer: WireWriter, field: number): void {
    const count = this.#reader.listBegin();
    checkStructs(this.#reader, count, GO_NAME);
    try {
      for (let i = 0; i < count; i++) this.transcode(writer, field);
    } catch (error) {
      throw inStruct(error, GO_NAME);
    }
  }

  transcode(writer: WireWriter, field: number): void {
    this.#read();
    this.#write(writer, field);
  }

  #read(): void {
    const reader = this.#reader;
    this.#textStart = this.#textEnd = this.#binaryStart = this.#binaryEnd = 0;
    this.#doubleLow = this.#doubleHigh = this.#longLow = this.#longHigh = 0;
    this.#bool = false;
    this.#seen = 0;
    let known = false;
    const saved = reader.structBegin();
    try {
      for (;;) {
        known = false;
        const type = reader.fieldBegin();
        if (type === TYPE.stop) break;
        const id = reader.fieldId;
        known = true;
        if (id === 1 && type === TYPE.string) {
          reader.string();
          this.#keyStart = reader.stringStart;
          this.#keyEnd = reader.stringEnd;
        } else if (id === 2 && type === TYPE.i32) this.#type = reader.i32();
        else if (id === 3 && type === TYPE.string) {
          reader.string();
          this.#textStart = reader.stringStart;
          this.#textEnd = reader.stringEnd;
        } else if (id === 4 && type === TYPE.double) {
          reader.double();
          this.#doubleLow = reader.low;
          this.#doubleHigh = reader.high;
        } else if (id === 5 && type === TYPE.bool) this.#bool = reader.bool();
        else if (id === 6 && type === TYPE.i64) {
          reader.i64();
          this.#longLow = reader.low;
          this.#longHigh = reader.high;
        } else if (id === 7 && type === TYPE.string) {
          reader.string();
          this.#binaryStart = reader.stringStart;
          this.#binaryEnd = reader.stringEnd;
        } else {
          known = false;
          reader.skip(type);
          continue;
        }
        this.#seen |= 1 << id;
      }
    } catch (error) {
      throw inField(error, reader, GO_NAME, known);
    }
    reader.structEnd(saved);
    if ((this.#seen & 2) === 0) throw missing("Key");
    if ((this.#seen & 4) === 0) throw missing("VType");
  }

  #write(writer: WireWriter, field: number): void {
    if (this.#type === TAG_TYPE.string && this.#writeShortText(writer, field)) return;
    const buffer = this.#reader.buffer;
    const mark = writer.begin(field);
    if (this.#keyEnd > this.#keyStart) writer.bytesField(1, buffer, this.#keyStart, this.#keyEnd);
    switch (this.#type) {
      case TAG_TYPE.string:
        if (this.#textEnd > this.#textStart) writer.bytesField(3, buffer, this.#textStart, this.#textEnd);
        break;
      case TAG_TYPE.bool:
        writeType(writer, VALUE_TYPE.bool);
        if (this.#bool) {
          writer.tag(4, 0);
          writer.varint32(1);
        }
        break;
      case TAG_TYPE.long:
        writeType(writer, VALUE_TYPE.int64);
        if (this.#longLow !== 0 || this.#longHigh !== 0) {
          writer.tag(5, 0);
          writer.varint64(this.#longLow, this.#longHigh);
        }
        break;
      case TAG_TYPE.double:
        writeType(writer, VALUE_TYPE.float64);
        // Protobuf leaves zero out; Go's writer takes -0 for zero.
        if (this.#doubleLow !== 0 || (this.#doubleHigh & 0x7fffffff) !== 0) {
          writer.tag(6, 1);
          writer.fixed64(this.#doubleLow, this.#doubleHigh);
        }
        break;
      case TAG_TYPE.binary:
        writeType(writer, VALUE_TYPE.binary);
        if (this.#binaryEnd > this.#binaryStart) writer.bytesField(7, buffer, this.#binaryStart, this.#binaryEnd);
        break;
      default:
        writer.stringField(3, this.#unknownType());
    }
    writer.end(mark);
  }

  /** Most tags are short texts: written at once, without closing a message afterwards. False when this is none. */
  #writeShortText(writer: WireWriter, field: number): boolean {
    const keyLength = this.#keyEnd - this.#keyStart;
    const textLength = this.#textEnd - this.#textStart;
    const length = keyLength + textLength + 4;
    if (keyLength === 0 || textLength === 0 || length > 127) return false;
    writer.reserve(length + 2);
    const to = writer.buffer;
    let position = writer.position;
    to[position++] = (field << 3) | 2;
    to[position++] = length;
    to[position++] = (1 << 3) | 2;
    to[position++] = keyLength;
    this.#copier.copy(this.#keyStart, this.#keyEnd, writer, position);
    position += keyLength;
    to[position++] = (3 << 3) | 2;
    to[position++] = textLength;
    this.#copier.copy(this.#textStart, this.#textEnd, writer, position);
    writer.position = position + textLength;
    return true;
  }

  /** v1's text, with the values themselves where Go prints the addresses of its pointers. */
  #unknownType(): string {
    const seen = this.#seen;
    const text = (start: number, end: number) => this.#utf8(start, end);
    const long = (BigInt(this.#longHigh | 0) << 32n) | BigInt(this.#longLow >>> 0);
    const values = [
      `Key:${text(this.#keyStart, this.#keyEnd)}`,
      "VType:<UNSET>",
      `VStr:${seen & 8 ? text(this.#textStart, this.#textEnd) : "<nil>"}`,
      `VDouble:${seen & 16 ? doubleOf(this.#doubleLow, this.#doubleHigh) : "<nil>"}`,
      `VBool:${seen & 32 ? this.#bool : "<nil>"}`,
      `VLong:${seen & 64 ? long : "<nil>"}`,
      `VBinary:[${Array.from(this.#reader.buffer.subarray(this.#binaryStart, this.#binaryEnd)).join(" ")}]`,
    ];
    return `Unknown VType: Tag({${values.join(" ")}})`;
  }

  #utf8(start: number, end: number): string {
    return Buffer.from(this.#reader.buffer.subarray(start, end)).toString("utf8");
  }
}

function writeType(writer: WireWriter, type: number): void {
  writer.tag(2, 0);
  writer.varint32(type);
}

function doubleOf(low: number, high: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setInt32(0, high);
  view.setInt32(4, low);
  return view.getFloat64(0);
}
