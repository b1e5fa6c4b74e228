import { utf8SequenceLength } from "@spoor/span-wire";

const NO_BYTES = new Uint8Array(0);
/** The largest write without another look at the room left, beyond what was reserved: a word of four bytes. */
const WORD = 4;
/** Of a text that is escaped: bounded, for six times as much room is reserved. */
const ESCAPED_AT_ONCE = 4096;
const HIGH_BITS = 0x80808080 | 0;

/** JSON text that is written often, as words of four bytes; the last one is padded. */
export interface JsonLiteral {
  readonly words: Int32Array;
  readonly length: number;
}

/** ASCII only. */
export function jsonLiteral(text: string): JsonLiteral {
  const bytes = new Uint8Array(Math.ceil(text.length / WORD) * WORD);
  bytes.set(Buffer.from(text, "latin1"));
  const view = new DataView(bytes.buffer);
  const words = Int32Array.from({ length: bytes.length / WORD }, (_, i) => view.getInt32(i * WORD, true));
  return { words, length: text.length };
}

/**
 * Writes JSON as UTF-8 bytes, in pieces. Texts come as bytes as well: nearly all need no escape, which is found out while they
 * are copied, four bytes at a time.
 */
export class JsonBytes {
  readonly #pieceBytes: number;
  #buffer: Buffer;
  #view: DataView;
  #position = 0;
  #source: Uint8Array = NO_BYTES;
  #sourceView: DataView = viewOf(NO_BYTES);

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

  /** Whether what was written is long enough to be handed over. */
  get isFull(): boolean {
    return this.#position >= this.#pieceBytes;
  }

  /** Hands over what was written and starts anew. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#position);
    this.#buffer = newBuffer(this.#pieceBytes);
    this.#view = viewOf(this.#buffer);
    this.#position = 0;
    return taken;
  }

  /** Takes back what was written behind the first `length` bytes. */
  cut(length: number): string {
    const text = this.#buffer.toString("utf8", length, this.#position);
    this.#position = length;
    return text;
  }

  literal({ words, length }: JsonLiteral): void {
    this.#reserve(length);
    const view = this.#view;
    let at = this.#position;
    for (let i = 0; i < words.length; i++, at += WORD) view.setInt32(at, words[i] as number, true);
    this.#position += length;
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

  /** An integer from 0 to 2^53 - 1. */
  uint(value: number): void {
    this.#reserve(16);
    let high = 0;
    let low = value;
    if (value >= 1e8) {
      high = Math.floor(value / 1e8);
      low = value - high * 1e8;
    }
    if (high > 0) {
      this.#digits(high, countDigits(high));
      this.#digits(low, 8);
    } else this.#digits(low, countDigits(low));
  }

  /** `count` digits of an integer below 2^31. */
  #digits(value: number, count: number): void {
    const buffer = this.#buffer;
    let rest = value | 0;
    for (let at = this.#position + count - 1; at >= this.#position; at--) {
      const quotient = (rest / 10) | 0;
      buffer[at] = 48 + rest - quotient * 10;
      rest = quotient;
    }
    this.#position += count;
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
    let at = this.#position;
    let i = start;
    for (const last = end - WORD; i <= last; i += WORD, at += WORD) {
      const word = from.getInt32(i, true);
      if (hasSpecial(word)) break;
      to.setInt32(at, word, true);
    }
    for (; i < end; i++, at++) {
      const byte = source[i] as number;
      if (IS_SPECIAL[byte] === 1) break;
      to.setUint8(at, byte);
    }
    this.#position = at;
    while (i < end) i = this.#escaped(source, i, end);
  }

  /** Writes some of a text of which any byte may need an escape; gives where it stopped. */
  #escaped(source: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + ESCAPED_AT_ONCE);
    this.#reserve((stop - start) * 6);
    const buffer = this.#buffer;
    let at = this.#position;
    let i = start;
    while (i < stop) {
      const byte = source[i] as number;
      if (IS_SPECIAL[byte] === 0) {
        buffer[at++] = byte;
        i++;
        continue;
      }
      if (byte < 128) {
        const escaped = ESCAPES[byte] as Uint8Array;
        for (let k = 0; k < escaped.length; k++) buffer[at++] = escaped[k] as number;
        i++;
        continue;
      }
      const size = utf8SequenceLength(source, i, end);
      if (size === 0) {
        for (const part of REPLACEMENT) buffer[at++] = part;
        i++;
      } else if (isLineSeparator(source, i)) {
        for (const part of source[i + 2] === 0xa8 ? LINE_SEPARATOR : PARAGRAPH_SEPARATOR) buffer[at++] = part;
        i += size;
      } else for (const next = i + size; i < next; i++) buffer[at++] = source[i] as number;
    }
    this.#position = at;
    return i;
  }

  /** Makes room for `extra` bytes and one word. */
  #reserve(extra: number): void {
    const needed = this.#position + extra + WORD;
    if (needed <= this.#buffer.length) return;
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

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Of an integer below 2^31. */
function countDigits(value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count++;
  return count;
}

/**
 * Whether one of four bytes is a control, not ASCII, or one of `"&<>\`. A byte below 128 from which more than it is subtracted has its
 * top bit set after; what is borrowed only disturbs bytes behind one that is special anyway.
 */
function hasSpecial(word: number): boolean {
  const control = word - 0x20202020;
  const quoteOrAmpersand = ((word & 0xfbfbfbfb) ^ 0x22222222) - 0x01010101;
  const angle = ((word & 0xfdfdfdfd) ^ 0x3c3c3c3c) - 0x01010101;
  const backslash = (word ^ 0x5c5c5c5c) - 0x01010101;
  return ((word | control | quoteOrAmpersand | angle | backslash) & HIGH_BITS) !== 0;
}

const ESCAPES: readonly (Uint8Array | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (code < 32 || char === '"' || char === "\\") return Buffer.from(JSON.stringify(char).slice(1, -1));
  // Go makes JSON safe inside of HTML.
  return "<>&".includes(char) ? Buffer.from(`\\u${code.toString(16).padStart(4, "0")}`) : undefined;
});
const IS_SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) => (byte > 127 || ESCAPES[byte] !== undefined ? 1 : 0));

const REPLACEMENT = Buffer.from("\ufffd");
const LINE_SEPARATOR = Buffer.from("\\u2028");
const PARAGRAPH_SEPARATOR = Buffer.from("\\u2029");

/** U+2028 or U+2029, in a well-formed sequence. */
function isLineSeparator(source: Uint8Array, i: number): boolean {
  return source[i] === 0xe2 && source[i + 1] === 0x80 && ((source[i + 2] as number) & 0xfe) === 0xa8;
}

/** The two hex digits of a byte, as one little-endian number. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, "0");
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8);
});
