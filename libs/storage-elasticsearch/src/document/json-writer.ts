import * as nodeBuffer from "node:buffer";
import { hexOf } from "@spoor/span-model";
import { decodeUtf8 } from "@spoor/span-wire";

const QUOTE = 34;
const BACKSLASH = 92;
const ZERO = 48;
/** Pieces, and digits in pairs, are written in whole words: what stands behind them is not written yet. */
const SLACK = 8;
const MOST_DIGITS = 20;
/** The top bit of four bytes, and four times a letter, for looking at four bytes at once. */
const TOP_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/** Two digits, and the two hex digits of a byte, as little-endian words of 16 bits. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => pair(String(i).padStart(2, "0")));
const HEX_PAIRS = Uint16Array.from({ length: 256 }, (_, i) => pair(i.toString(16).padStart(2, "0")));

/** JSON that is written again and again. */
export class Piece {
  readonly length: number;
  /** Its bytes, little-endian, and zeros up to a whole word. */
  readonly words: Float64Array;

  constructor(json: string | Uint8Array) {
    const bytes = typeof json === "string" ? Buffer.from(json) : json;
    this.length = bytes.length;
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    const view = viewOf(padded);
    this.words = new Float64Array(padded.length / 8);
    for (let i = 0; i < this.words.length; i++) this.words[i] = view.getFloat64(i * 8, true);
  }
}

/** Writes JSON as UTF-8 into one growing buffer, from bytes that are UTF-8 already wherever that is possible, four at a time. */
export class JsonWriter {
  /** Written bytes are `buffer[0, position)`. */
  buffer: Buffer;
  position = 0;
  #view: DataView;
  /** What was read last; spans of a batch share it. */
  #source: Uint8Array = new Uint8Array(0);
  #sourceView: DataView = viewOf(this.#source);

  constructor(capacity: number = 64 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.#view = viewOf(this.buffer);
  }

  reserve(extra: number): void {
    const needed = this.position + extra + SLACK;
    if (needed > this.buffer.length) this.#grow(needed);
  }

  byte(code: number): void {
    this.reserve(1);
    this.buffer[this.position++] = code;
  }

  piece(piece: Piece): void {
    this.reserve(piece.length);
    this.position = putPiece(this.#view, this.position, piece);
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

  /** A whole number of up to 50 bits, not negative; with fewer digits than `width` behind zeros. */
  decimal(value: number, width: number = 1): void {
    this.reserve(MOST_DIGITS);
    if (value > MOST_INT) {
      const upper = Math.floor(value / EIGHT_DIGITS);
      this.#digits(upper, width - 8);
      this.#digits(value - upper * EIGHT_DIGITS, 8);
    } else this.#digits(value | 0, width);
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

  /**
   * Behind a piece the inside of a string, without its quotes: `bytes[start, end)`, which should be UTF-8; what is not becomes
   * U+FFFD.
   */
  utf8(before: Piece, bytes: Uint8Array, start: number, end: number): void {
    this.reserve(before.length + end - start);
    if (bytes !== this.#source) {
      this.#source = bytes;
      this.#sourceView = viewOf(bytes);
    }
    const target = this.#view;
    const at = putPiece(target, this.position, before);
    const found = copyText(this.#sourceView, start, end, target, at);
    if (found === PLAIN || (found === NOT_ASCII && nodeBuffer.isUtf8(bytes.subarray(start, end)))) {
      this.position = at + end - start;
      return;
    }
    this.position = at;
    this.text(JSON.stringify(decodeUtf8(bytes, start, end)).slice(1, -1));
  }

  /** Lower-case hex digits, without quotes. */
  hex(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > 32) {
      this.ascii(hexOf(bytes, start, length));
      return;
    }
    this.reserve(length * 2);
    const target = this.#view;
    let position = this.position;
    for (let i = start; i < end; i++, position += 2) {
      target.setUint16(position, HEX_PAIRS[bytes[i] as number] as number, true);
    }
    this.position = position;
  }

  /** What is written. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.position);
  }

  /** A whole number of up to 31 bits. */
  #digits(value: number, width: number): void {
    const target = this.#view;
    let size = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : 0;
    if (size === 0) {
      size = value < 100_000 ? 5 : value < 1_000_000 ? 6 : value < 10_000_000 ? 7 : value < 100_000_000 ? 8 : 9;
      if (value >= 1_000_000_000) size = 10;
    }
    if (size < width) size = width;
    let at = this.position + size;
    this.position = at;
    let rest = value;
    for (; size >= 2; size -= 2) {
      const hundreds = (rest / 100) | 0;
      at -= 2;
      target.setUint16(at, PAIRS[rest - hundreds * 100] as number, true);
      rest = hundreds;
    }
    if (size === 1) target.setUint8(at - 1, ZERO + rest);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
    this.#view = viewOf(grown);
  }
}

const MOST_INT = 0x7fffffff;
const EIGHT_DIGITS = 100_000_000;

function putPiece(target: DataView, at: number, { words, length }: Piece): number {
  for (let i = 0; i < words.length; i++) target.setFloat64(at + i * 8, words[i] as number, true);
  return at + length;
}

/** What {@link copyText} found. */
const PLAIN = 0;
const NOT_ASCII = 1;
const TO_ESCAPE = 2;

/** Copies `[start, end)` of a text to `at` and tells whether it may stay as it is. */
function copyText(source: DataView, start: number, end: number, target: DataView, at: number): number {
  const behind = at - start;
  let all = 0;
  /** The top bit of each byte that must be escaped. */
  let escaped = 0;
  if (end - start < 4) {
    for (let i = start; i < end; i++) {
      const byte = source.getUint8(i);
      target.setUint8(i + behind, byte);
      all |= byte;
      if (byte < 32 || byte === QUOTE || byte === BACKSLASH) escaped = TOP_BITS;
    }
  } else {
    const last = end - 4;
    for (let i = start; ; i += 4) {
      // The last word may overlap the one before.
      if (i > last) i = last;
      const word = source.getInt32(i, true);
      target.setInt32(i + behind, word, true);
      all |= word;
      const isControl = (word | TOP_BITS) - SPACES;
      const isQuote = ((word ^ QUOTES) | TOP_BITS) - ONES;
      const isBackslash = ((word ^ BACKSLASHES) | TOP_BITS) - ONES;
      escaped |= ~((isControl & isQuote & isBackslash) | word);
      if (i === last) break;
    }
  }
  return (escaped & TOP_BITS) !== 0 ? TO_ESCAPE : (all & TOP_BITS) !== 0 ? NOT_ASCII : PLAIN;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function pair(digits: string): number {
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8);
}
