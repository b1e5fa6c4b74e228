import { type KeyValue, VALUE_TYPE } from "@spoor/span-model";
import { readDouble } from "./numbers.ts";
import { unexpectedEnd, type WireReader } from "./reader.ts";
import { decodeUtf8 } from "./utf8.ts";
import { formatFloat } from "./value-text.ts";

const EMPTY = new Uint8Array(0);

/** A key-value as places in the bytes it was read from: {@link read} allocates nothing, and one object reads any number. */
export class KeyValuePlaces {
  /** Where the places below are. */
  buffer: Uint8Array = EMPTY;
  keyStart = 0;
  keyEnd = 0;
  /** Number of the value's type; see `VALUE_TYPE`. */
  type = 0;
  /** Bytes of a string or binary value, or the 8 bytes of a float64; empty when it is the zero value. */
  valueStart = 0;
  valueEnd = 0;
  /** Halves of an int64 value, as signed 32-bit integers; a bool is 0 or 1 in {@link low}. */
  low = 0;
  high = 0;

  /** Whether the key is these bytes. */
  hasKey(key: Uint8Array): boolean {
    return this.keyEnd - this.keyStart === key.length && equalAt(this.buffer, this.keyStart, key);
  }

  /** Whether the value is a string of these bytes. */
  hasStringValue(value: Uint8Array): boolean {
    return (
      this.type === VALUE_TYPE.string &&
      this.valueEnd - this.valueStart === value.length &&
      equalAt(this.buffer, this.valueStart, value)
    );
  }

  key(): string {
    return decodeUtf8(this.buffer, this.keyStart, this.keyEnd);
  }

  /** An object of its own with what this one holds now. */
  copy(): KeyValuePlaces {
    const copy = new KeyValuePlaces();
    copy.buffer = this.buffer;
    copy.keyStart = this.keyStart;
    copy.keyEnd = this.keyEnd;
    copy.type = this.type;
    copy.valueStart = this.valueStart;
    copy.valueEnd = this.valueEnd;
    copy.low = this.low;
    copy.high = this.high;
    return copy;
  }

  /** Becomes a string key-value in bytes of its own. */
  setText(key: string, value: string): void {
    this.buffer = Buffer.from(key + value);
    this.type = VALUE_TYPE.string;
    this.keyStart = 0;
    this.keyEnd = Buffer.byteLength(key);
    this.valueStart = this.keyEnd;
    this.valueEnd = this.buffer.length;
  }

  /** The value as `valueText` writes it. */
  valueText(): string {
    switch (this.type) {
      case VALUE_TYPE.string:
        return decodeUtf8(this.buffer, this.valueStart, this.valueEnd);
      case VALUE_TYPE.bool:
        return this.low !== 0 ? "true" : "false";
      case VALUE_TYPE.int64:
        return this.int64Text();
      case VALUE_TYPE.float64:
        return formatFloat(this.float64());
      case VALUE_TYPE.binary:
        return Buffer.from(
          this.buffer.buffer,
          this.buffer.byteOffset + this.valueStart,
          this.valueEnd - this.valueStart,
        ).toString("hex");
      default:
        return `unknown type ${this.type}`;
    }
  }

  /** The key-value, decoded. */
  keyValue(): KeyValue {
    const key = this.key();
    switch (this.type) {
      case VALUE_TYPE.string:
        return { key, type: "string", value: decodeUtf8(this.buffer, this.valueStart, this.valueEnd) };
      case VALUE_TYPE.bool:
        return { key, type: "bool", value: this.low !== 0 };
      case VALUE_TYPE.int64:
        return { key, type: "int64", value: this.int64() };
      case VALUE_TYPE.float64:
        return { key, type: "float64", value: this.float64() };
      case VALUE_TYPE.binary:
        return {
          key,
          type: "binary",
          value: new Uint8Array(this.buffer.subarray(this.valueStart, this.valueEnd)),
        };
      default:
        return { key, type: "unknown", code: this.type };
    }
  }

  /** Of an int64 value. */
  int64(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
  }

  /** An int64 value in decimal. */
  int64Text(): string {
    const high = this.high;
    // Within 53 bits a double is exact.
    if (high >= -0x200000 && high < 0x200000) return String(high * 4294967296 + (this.low >>> 0));
    return this.int64().toString();
  }

  /** Of a float64 value. */
  float64(): number {
    return this.valueEnd > this.valueStart ? readDouble(this.buffer, this.valueStart) : 0;
  }

  /**
   * Reads the key-value at the reader's position, from its length on; its buffer becomes {@link buffer}. Short texts, which most
   * are, are read with locals.
   */
  read(reader: WireReader): void {
    if (!this.#readShortText(reader)) this.#read(reader);
  }

  /** Reads a key-value of the most usual shape, a short key and then a short text; else leaves the reader where it is and gives false. */
  #readShortText(reader: WireReader): boolean {
    const { buffer, position } = reader;
    // At most all of these bytes are read before the end of the message is known.
    if (position + 5 > reader.end) return false;
    const length = buffer[position] as number;
    const keyLength = buffer[position + 2] as number;
    const text = position + 3 + keyLength;
    const end = position + 1 + length;
    if (length > 127 || end > reader.end || buffer[position + 1] !== 0x0a || text + 2 > end) return false;
    if (buffer[text] !== 0x1a || buffer[text + 1] !== end - text - 2) return false;
    this.buffer = buffer;
    this.type = VALUE_TYPE.string;
    this.keyStart = position + 3;
    this.keyEnd = text;
    this.valueStart = text + 2;
    this.valueEnd = end;
    this.low = 0;
    this.high = 0;
    reader.position = end;
    return true;
  }

  #read(reader: WireReader): void {
    const outer = reader.enter();
    const { buffer, end } = reader;
    let position = reader.position;
    this.buffer = buffer;
    this.keyStart = 0;
    this.keyEnd = 0;
    let type = 0;
    let textStart = 0;
    let textEnd = 0;
    let bool = 0;
    let low = 0;
    let high = 0;
    let doubleStart = 0;
    let doubleEnd = 0;
    let binaryStart = 0;
    let binaryEnd = 0;
    while (position < end) {
      const tag = buffer[position] as number;
      // At the end of the message the next byte is none of ours; 128 leads to the careful path.
      const next = position + 1 < end ? (buffer[position + 1] as number) : 128;
      if (next < 128 && (tag === 0x0a || tag === 0x1a)) {
        const start = position + 2;
        position = start + next;
        if (position > end) throw unexpectedEnd();
        if (tag === 0x0a) {
          this.keyStart = start;
          this.keyEnd = position;
        } else {
          textStart = start;
          textEnd = position;
        }
        continue;
      }
      reader.position = position;
      switch (reader.varint32()) {
        case 0x0a:
          this.keyStart = reader.bytes();
          this.keyEnd = reader.position;
          break;
        case 0x10:
          type = reader.varint32() | 0;
          break;
        case 0x1a:
          textStart = reader.bytes();
          textEnd = reader.position;
          break;
        case 0x20:
          reader.varint();
          bool = reader.low !== 0 || reader.high !== 0 ? 1 : 0;
          break;
        case 0x28:
          reader.varint();
          low = reader.low;
          high = reader.high;
          break;
        case 0x31:
          doubleStart = reader.fixed(8);
          doubleEnd = reader.position;
          break;
        case 0x3a:
          binaryStart = reader.bytes();
          binaryEnd = reader.position;
          break;
        default:
          reader.skip(tag & 7);
      }
      position = reader.position;
    }
    reader.position = end;
    reader.leave(outer);
    this.type = type;
    const isFloat = type === VALUE_TYPE.float64;
    const isText = type === VALUE_TYPE.string;
    this.valueStart = isText ? textStart : isFloat ? doubleStart : binaryStart;
    this.valueEnd = isText ? textEnd : isFloat ? doubleEnd : binaryEnd;
    this.low = type === VALUE_TYPE.bool ? bool : low;
    this.high = type === VALUE_TYPE.bool ? 0 : high;
  }
}

function equalAt(buffer: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (buffer[at + i] !== bytes[i]) return false;
  return true;
}
