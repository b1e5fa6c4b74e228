import { ByteCopier, type WireReader, type WireWriter } from "@spoor/span-wire";
import { anyValueJson } from "./any-value-json.ts";
import { copyText, isUtf8Range, putVarint, varintSize } from "./bytes.ts";
import { ANY_VALUE, KEY_VALUE } from "./shapes.ts";

/** Field numbers of OTLP's AnyValue, which tell the type of a value; `none` is a value without any. */
export const VALUE = { none: 0, string: 1, bool: 2, int: 3, double: 4, array: 5, map: 6, bytes: 7 } as const;

const NO_BYTES = new Uint8Array(0);
const BINARY = 4;

/**
 * Turns OTLP KeyValues into Jaeger ones without decoding them:
 *
 *     OTLP    key=1  value=2{ string=1 bool=2 int=3 double=4 array=5 map=6 bytes=7 }
 *     Jaeger  key=1  v_type=2  v_str=3 v_bool=4 v_int64=5 v_float64=6 v_binary=7
 *
 * Arrays and maps become JSON text. Text that is not UTF-8 becomes binary, and an invalid key `invalid-tag-key-N`
 * with `key:value` as binary (v1's sanitiser `internal/jptrace/sanitizer/utf8.go`).
 */
export class AttributeTranscoder {
  readonly reader: WireReader;
  readonly out: WireWriter;
  /** Of the reader's bytes: who gives the reader others gives them to it too. */
  readonly copier = new ByteCopier();
  readonly #maxNesting: number;

  /** What {@link parse} found: ranges in the reader's bytes. For fixed and varint values the range holds the encoded number. */
  keyStart = 0;
  keyEnd = 0;
  type: number = VALUE.none;
  valueStart = 0;
  valueEnd = 0;
  /** Invalid keys since the caller set it to 0: the N of `invalid-tag-key-N`. */
  invalidKeys = 0;

  constructor(reader: WireReader, out: WireWriter, maxNesting: number) {
    this.reader = reader;
    this.out = out;
    this.#maxNesting = maxNesting;
  }

  /**
   * Transcodes the KeyValue message in `[start, end)` to a field, if it is of the most usual shape: a short key, then a short text, both of
   * ASCII. Else writes nothing and gives false.
   */
  #writeShortText(start: number, end: number, fieldTag: number): boolean {
    const length = end - start;
    if (length < 7 || length > 127) return false;
    const { out } = this;
    const bytes = this.reader.buffer;
    const keyLength = bytes[start + 1] as number;
    const value = start + 2 + keyLength;
    if (bytes[start] !== 0x0a || keyLength === 0 || value + 4 >= end) return false;
    const textLength = end - value - 4;
    if (bytes[value] !== 0x12 || bytes[value + 1] !== textLength + 2) return false;
    if (bytes[value + 2] !== 0x0a || bytes[value + 3] !== textLength) return false;
    out.reserve(length + 2);
    const to = out.buffer;
    const at = out.position;
    to[at] = fieldTag;
    // Two bytes less: the value's own tag and length.
    to[at + 1] = length - 2;
    to[at + 2] = 0x0a;
    to[at + 3] = keyLength;
    const text = at + 4 + keyLength;
    if (!this.copier.copy(start + 2, value, out, at + 4)) return false;
    to[text] = 0x1a;
    to[text + 1] = textLength;
    if (!this.copier.copy(value + 4, end, out, text + 2)) return false;
    out.position = at + length;
    return true;
  }

  /** Reads the KeyValue message in `[start, end)` of the reader's bytes. The reader is left anywhere, its `end` changed. */
  parse(start: number, end: number): void {
    const bytes = this.reader.buffer;
    this.type = VALUE.none;
    if (end - start > 3 && bytes[start] === 0x0a) {
      // The usual shape: a short key, then a short value, nothing else.
      const keyLength = bytes[start + 1] as number;
      const value = start + 2 + keyLength;
      if (keyLength < 128 && value + 2 <= end && bytes[value] === 0x12 && bytes[value + 1] === end - value - 2) {
        if (end - value < 130) {
          this.keyStart = start + 2;
          this.keyEnd = value;
          this.#value(value + 2, end);
          return;
        }
      }
    }
    this.#parseSlowly(start, end);
  }

  #parseSlowly(start: number, end: number): void {
    const reader = this.reader;
    this.keyStart = start;
    this.keyEnd = start;
    reader.position = start;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      if (tag === 0x0a) {
        this.keyStart = reader.bytes();
        this.keyEnd = reader.position;
      } else if (tag === 0x12) {
        const next = reader.length() + reader.position;
        this.#value(reader.position, next);
        reader.position = next;
        reader.end = end;
      } else reader.skipField(tag, KEY_VALUE);
    }
  }

  #value(start: number, end: number): void {
    const bytes = this.reader.buffer;
    if (end - start > 1 && bytes[start] === 0x0a && bytes[start + 1] === end - start - 2 && end - start < 130) {
      this.type = VALUE.string;
      this.valueStart = start + 2;
      this.valueEnd = end;
      return;
    }
    const reader = this.reader;
    reader.position = start;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      const at = reader.position;
      switch (tag) {
        case 0x0a:
        case 0x2a:
        case 0x32:
        case 0x3a:
          this.valueStart = reader.bytes();
          break;
        case 0x10:
        case 0x18:
          reader.varint();
          this.valueStart = at;
          break;
        case 0x21:
          this.valueStart = reader.fixed(8);
          break;
        default:
          reader.skipField(tag, ANY_VALUE);
          continue;
      }
      this.type = tag >>> 3;
      this.valueEnd = reader.position;
    }
  }

  /** Transcodes the KeyValue message in `[start, end)` to a field; `fieldTag` is the field's tag byte (number << 3 | 2). */
  transcode(start: number, end: number, fieldTag: number): void {
    if (this.#writeShortText(start, end, fieldTag)) return;
    this.parse(start, end);
    this.write(fieldTag);
  }

  /** Writes the parsed KeyValue as a field; `fieldTag` is the field's tag byte (number << 3 | 2). */
  write(fieldTag: number): void {
    const { reader, out, keyStart, keyEnd, type } = this;
    const keyLength = keyEnd - keyStart;
    let valueLength = this.valueEnd - this.valueStart;
    let contentTag = 0;
    let jaegerType = 0;
    switch (type) {
      case VALUE.none:
        valueLength = 0;
        break;
      case VALUE.string:
        contentTag = 0x1a;
        break;
      case VALUE.bool:
        this.#writeBool(fieldTag);
        return;
      case VALUE.int:
        jaegerType = 2;
        contentTag = 0x28;
        if (this.#isZero()) valueLength = 0;
        break;
      case VALUE.double:
        jaegerType = 3;
        contentTag = 0x31;
        if (this.#isZero()) valueLength = 0;
        break;
      case VALUE.bytes:
        jaegerType = BINARY;
        contentTag = 0x3a;
        break;
      default:
        this.#writeJson(fieldTag);
        return;
    }
    const prefixed = type === VALUE.string || type === VALUE.bytes;
    const keySize = keyLength === 0 ? 0 : 1 + varintSize(keyLength) + keyLength;
    const valueSize = valueLength === 0 ? 0 : 1 + (prefixed ? varintSize(valueLength) : 0) + valueLength;
    out.reserve(keySize + valueSize + 10);
    const dst = out.buffer;
    let p = out.position;
    dst[p++] = fieldTag;
    p = putVarint(dst, p, keySize + valueSize + (jaegerType === 0 ? 0 : 2));
    if (keyLength > 0) {
      dst[p++] = 0x0a;
      p = putVarint(dst, p, keyLength);
      if (!copyText(this.copier, reader.buffer, keyStart, keyEnd, out, p)) {
        this.#writeInvalidKey(fieldTag);
        return;
      }
      p += keyLength;
    }
    if (jaegerType !== 0) {
      dst[p++] = 0x10;
      dst[p++] = jaegerType;
    }
    if (valueLength > 0) {
      dst[p++] = contentTag;
      if (prefixed) p = putVarint(dst, p, valueLength);
      if (type === VALUE.string) {
        if (!copyText(this.copier, reader.buffer, this.valueStart, this.valueEnd, out, p)) {
          this.type = VALUE.bytes;
          this.write(fieldTag);
          return;
        }
      } else this.copier.copy(this.valueStart, this.valueEnd, out, p);
      p += valueLength;
    }
    out.position = p;
  }

  /** Zero in any encoding of a varint or double; -0 is none, as v1 tells them apart only in the sign. */
  #isZero(): boolean {
    const bytes = this.reader.buffer;
    const isVarint = this.type !== VALUE.double;
    for (let i = this.valueStart; i < this.valueEnd; i++) {
      const byte = bytes[i] as number;
      if ((isVarint ? byte & 127 : byte) !== 0) return false;
    }
    return true;
  }

  #writeBool(fieldTag: number): void {
    const mark = this.#beginWithKey(fieldTag);
    if (mark < 0) return;
    const value = this.#isZero() ? FALSE : TRUE;
    this.out.raw(value, 0, value.length);
    this.out.end(mark);
  }

  #writeJson(fieldTag: number): void {
    const { reader, out } = this;
    const saved = reader.position;
    const json = anyValueJson(reader, this.type === VALUE.map, this.valueStart, this.valueEnd, this.#maxNesting);
    reader.position = saved;
    const mark = this.#beginWithKey(fieldTag);
    if (mark < 0) return;
    out.textField(3, json);
    out.end(mark);
  }

  /** Opens the field and writes the key; negative when the key was invalid and everything is written already. */
  #beginWithKey(fieldTag: number): number {
    const { reader, out, keyStart, keyEnd } = this;
    if (!isUtf8Range(reader.buffer, keyStart, keyEnd)) {
      this.#writeInvalidKey(fieldTag);
      return -1;
    }
    const mark = out.begin(fieldTag >>> 3);
    if (keyEnd > keyStart) out.bytesField(1, reader.buffer, keyStart, keyEnd);
    return mark;
  }

  #writeInvalidKey(fieldTag: number): void {
    const { reader, out } = this;
    const text = this.#valueBytes();
    const mark = out.begin(fieldTag >>> 3);
    out.stringField(1, `invalid-tag-key-${++this.invalidKeys}`);
    out.tag(2, 0);
    out.varint32(BINARY);
    const value = out.begin(7);
    out.raw(reader.buffer, this.keyStart, this.keyEnd);
    out.raw(COLON, 0, 1);
    out.raw(text, 0, text.length);
    out.end(value);
    out.end(mark);
  }

  /** The value as v1's `AsString` has it; text and bytes as they are. */
  #valueBytes(): Uint8Array {
    const { reader, type } = this;
    if (type === VALUE.none) return NO_BYTES;
    if (type === VALUE.string || type === VALUE.bytes) return reader.buffer.subarray(this.valueStart, this.valueEnd);
    if (type === VALUE.bool) return Buffer.from(this.#isZero() ? "false" : "true");
    if (type === VALUE.int) {
      reader.position = this.valueStart;
      return Buffer.from(reader.varint64().toString());
    }
    if (type === VALUE.double) {
      const view = new DataView(reader.buffer.buffer, reader.buffer.byteOffset + this.valueStart, 8);
      return Buffer.from(String(view.getFloat64(0, true)));
    }
    return Buffer.from(anyValueJson(reader, type === VALUE.map, this.valueStart, this.valueEnd, this.#maxNesting));
  }
}

const COLON = Buffer.from(":");
/** v_type BOOL, and v_bool where it is true. */
const FALSE = new Uint8Array([0x10, 1]);
const TRUE = new Uint8Array([0x10, 1, 0x20, 1]);
