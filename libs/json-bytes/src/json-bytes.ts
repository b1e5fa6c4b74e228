import { viewOf } from "@spoor/span-wire";
import { HEX, MOST_DIGITS, putUint } from "./digits.ts";
import { escapeText, isSpecialByte, MOST_ESCAPED, type Progress, specialBits } from "./escape.ts";
import { type JsonLiteral, WORD } from "./json-literal.ts";

const NO_BYTES = new Uint8Array(0);
/** Of a text that is escaped: bounded, for so much more room is reserved. */
const ESCAPED_AT_ONCE = 4096;

/**
 * Writes JSON as UTF-8 bytes into one growing buffer, or in pieces. Texts come as bytes as well: nearly all need no escape, which is found out
 * while they are copied, four bytes at a time.
 */
export class JsonBytes {
  readonly #pieceBytes: number;
  #buffer: Buffer;
  #view: DataView;
  #position = 0;
  /** What was read last; spans of a batch share it. */
  #source: Uint8Array = NO_BYTES;
  #sourceView: DataView = viewOf(NO_BYTES);
  readonly #progress: Progress = { read: 0, written: 0 };

  /** A piece is about as long as `pieceBytes`. */
  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes;
    this.#buffer = newBuffer(pieceBytes);
    this.#view = viewOf(this.#buffer);
  }

  /** Bytes written since the last {@link take}. */
  get length(): number {
    return this.#position;
  }

  /** For how many bytes there is memory. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Whether what was written is long enough to be handed over. */
  get isFull(): boolean {
    return this.#position >= this.#pieceBytes;
  }

  /** Hands over what was written and starts anew. */
  take(): Buffer {
    const taken = this.bytes();
    this.#buffer = newBuffer(this.#pieceBytes);
    this.#view = viewOf(this.#buffer);
    this.#position = 0;
    return taken;
  }

  /** What was written from `start` to `end`, until something else is written there. */
  bytes(start: number = 0, end: number = this.#position): Buffer {
    return this.#buffer.subarray(start, end);
  }

  /** Takes back what was written behind the first `length` bytes. */
  truncate(length: number): void {
    this.#position = length;
  }

  /** Takes back what was written behind the first `length` bytes, and gives it as text. */
  cut(length: number): string {
    const text = this.#buffer.toString("utf8", length, this.#position);
    this.#position = length;
    return text;
  }

  /** A character of ASCII. */
  byte(code: number): void {
    this.#reserve(1);
    this.#buffer[this.#position++] = code;
  }

  literal({ words, length }: JsonLiteral): void {
    this.#reserve(length);
    const view = this.#view;
    let at = this.#position;
    for (let i = 0; i < words.length; i++, at += WORD) view.setFloat64(at, words[i] as number, true);
    this.#position += length;
  }

  /** JSON that was written before. */
  raw(json: Uint8Array): void {
    this.#reserve(json.length);
    const buffer = this.#buffer;
    const position = this.#position;
    if (json.length > 48) buffer.set(json, position);
    else for (let i = 0; i < json.length; i++) buffer[position + i] = json[i] as number;
    this.#position += json.length;
  }

  /** Any JSON text. */
  text(json: string): void {
    const length = json.length;
    this.#reserve(length * 3);
    if (length > 32) {
      this.#position += this.#buffer.write(json, this.#position, "utf8");
      return;
    }
    const buffer = this.#buffer;
    const start = this.#position;
    for (let i = 0; i < length; i++) {
      const code = json.charCodeAt(i);
      if (code > 127) {
        this.#position = start + buffer.write(json, start, "utf8");
        return;
      }
      buffer[start + i] = code;
    }
    this.#position = start + length;
  }

  /** An integer from 0 to 2^53 - 1; with fewer digits than `width`, at most 8, behind zeros. */
  uint(value: number, width: number = 1): void {
    this.#reserve(MOST_DIGITS);
    this.#position = putUint(this.#view, this.#position, value, width);
  }

  /** Hex digits of the bytes `[start, end)`. */
  hex(source: Uint8Array, start: number, end: number): void {
    this.#reserve((end - start) * 2);
    const view = this.#view;
    let at = this.#position;
    for (let i = start; i < end; i++, at += 2) view.setUint16(at, HEX[source[i] as number] as number, true);
    this.#position = at;
  }

  /** The eight hex digits of a 32-bit integer. */
  hex32(value: number): void {
    this.#reserve(8);
    const view = this.#view;
    const at = this.#position;
    view.setUint16(at, HEX[value >>> 24] as number, true);
    view.setUint16(at + 2, HEX[(value >>> 16) & 255] as number, true);
    view.setUint16(at + 4, HEX[(value >>> 8) & 255] as number, true);
    view.setUint16(at + 6, HEX[value & 255] as number, true);
    this.#position = at + 8;
  }

  /**
   * The inside of a JSON string whose text is `source[start, end)`, as `goJsonString` writes it; each byte that is no UTF-8 becomes
   * U+FFFD.
   */
  string(source: Uint8Array, start: number, end: number): void {
    if (source !== this.#source) {
      this.#source = source;
      this.#sourceView = viewOf(source);
    }
    this.#reserve(end - start);
    const from = this.#sourceView;
    const to = this.#view;
    const behind = this.#position - start;
    let special = 0;
    if (end - start < 4) {
      for (let i = start; i < end; i++) {
        const byte = from.getUint8(i);
        to.setUint8(i + behind, byte);
        if (isSpecialByte(byte)) special = 1;
      }
    } else {
      const last = end - 4;
      for (let i = start; ; i += 4) {
        // The last four bytes; some of them may be written for the second time.
        if (i > last) i = last;
        const word = from.getInt32(i, true);
        to.setInt32(i + behind, word, true);
        special |= specialBits(word);
        if (i === last) break;
      }
    }
    if (special === 0) this.#position = end + behind;
    else this.#escaped(source, start, end);
  }

  /** Writes a text of which any byte may need an escape. */
  #escaped(source: Uint8Array, start: number, end: number): void {
    const progress = this.#progress;
    for (let i = start; i < end; i = progress.read) {
      const stop = Math.min(end, i + ESCAPED_AT_ONCE);
      this.#reserve((stop - i) * MOST_ESCAPED);
      escapeText(source, i, stop, end, this.#buffer, this.#position, progress);
      this.#position = progress.written;
    }
  }

  /** Makes room for `extra` bytes and one word. */
  #reserve(extra: number): void {
    const needed = this.#position + extra + WORD;
    if (needed > this.#buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#position);
    this.#buffer = grown;
    this.#view = viewOf(grown);
  }
}

/** With room for the span that makes the piece full. */
function newBuffer(pieceBytes: number): Buffer {
  return Buffer.allocUnsafeSlow(pieceBytes + (pieceBytes >> 3));
}
