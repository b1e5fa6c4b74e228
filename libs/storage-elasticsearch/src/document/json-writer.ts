import { hexOf } from "@spoor/span-model";
import { decodeUtf8 } from "@spoor/span-wire";

const QUOTE = 34;
const BACKSLASH = 92;
const ZERO = 48;
const MOST_DIGITS = 20;
const HEX = Buffer.from("0123456789abcdef", "latin1");

/** Writes JSON as UTF-8 into one growing buffer, from bytes that are UTF-8 already wherever that is possible. */
export class JsonWriter {
  /** Written bytes are `buffer[0, position)`. */
  buffer: Buffer;
  position = 0;

  constructor(capacity: number = 64 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  reserve(extra: number): void {
    const needed = this.position + extra;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
  }

  byte(code: number): void {
    this.reserve(1);
    this.buffer[this.position++] = code;
  }

  /** Bytes as they are, such as JSON that was written before. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    const { buffer, position } = this;
    if (bytes.length < 48) for (let i = 0; i < bytes.length; i++) buffer[position + i] = bytes[i] as number;
    else buffer.set(bytes, position);
    this.position = position + bytes.length;
  }

  /** ASCII text as it is: numbers and names that need no quoting. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length);
    const { buffer, position } = this;
    for (let i = 0; i < length; i++) buffer[position + i] = text.charCodeAt(i);
    this.position = position + length;
  }

  /** A string of ASCII text that needs no escapes. */
  asciiString(text: string): void {
    this.reserve(text.length + 2);
    const { buffer } = this;
    let position = this.position;
    buffer[position++] = QUOTE;
    for (let i = 0; i < text.length; i++) buffer[position++] = text.charCodeAt(i);
    buffer[position++] = QUOTE;
    this.position = position;
  }

  /** A whole number of up to 50 bits, not negative; with fewer digits than `width` behind zeros. */
  decimal(value: number, width: number = 1): void {
    this.reserve(MOST_DIGITS);
    const { buffer } = this;
    let rest = value;
    let size = width;
    for (let bound = 10 ** width; bound <= value; bound *= 10) size++;
    for (let i = this.position + size - 1; i >= this.position; i--) {
      const tens = Math.floor(rest / 10);
      buffer[i] = ZERO + rest - tens * 10;
      rest = tens;
    }
    this.position += size;
  }

  /** JSON as text. */
  text(json: string): void {
    const size = Buffer.byteLength(json);
    this.reserve(size);
    this.position += this.buffer.write(json, this.position, size, "utf8");
  }

  /** A string of text. */
  string(text: string): void {
    this.text(JSON.stringify(text));
  }

  /** Behind a short piece, a string of `bytes[start, end)`, which should be UTF-8; what is not becomes U+FFFD. */
  utf8(before: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
    this.reserve(before.length + end - start + 2);
    const { buffer } = this;
    let position = this.position;
    for (let i = 0; i < before.length; i++) buffer[position++] = before[i] as number;
    this.position = position;
    buffer[position++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte < 32 || byte > 126 || byte === QUOTE || byte === BACKSLASH) {
        this.string(decodeUtf8(bytes, start, end));
        return;
      }
      buffer[position++] = byte;
    }
    buffer[position++] = QUOTE;
    this.position = position;
  }

  /** A string of lower-case hex digits. */
  hex(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > 32) {
      this.string(hexOf(bytes, start, length));
      return;
    }
    this.reserve(length * 2 + 2);
    const { buffer } = this;
    let position = this.position;
    buffer[position++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      buffer[position++] = HEX[byte >>> 4] as number;
      buffer[position++] = HEX[byte & 15] as number;
    }
    buffer[position++] = QUOTE;
    this.position = position;
  }

  /** A copy of what stands in `[start, position)`. */
  copy(start: number): Buffer {
    return Buffer.from(this.buffer.subarray(start, this.position));
  }
}

/** Constant pieces of JSON. */
export function piece(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
