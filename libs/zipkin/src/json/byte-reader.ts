import { isUtf8 } from "node:buffer";
import { decodeUtf8 } from "@spoor/span-wire";
import { ZipkinError } from "../errors.ts";
import type { ZipkinLimits } from "../limits.ts";
import { numberEnd } from "./number.ts";
import { typeError } from "./parse.ts";

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const MINUS = 0x2d;
export const ZERO = 0x30;
export const NINE = 0x39;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const NULL = 0x6e;
const TRUE = 0x74;
const FALSE = 0x66;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;

/** The same byte four times, for looking at four at once. */
const ONES = 0x01010101;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const SPACES = 0x20202020;
const TOP_BITS = 0x80808080;

/** Of so many digits, all but the last make an exact double, so that the number is rounded once. */
const MOST_DIGITS = 16;

/**
 * A pull parser of JSON over UTF-8 bytes that makes no objects and no strings. It is as strict as `JSON.parse`; where it fails, what it
 * says is only that (`malformed`), and the caller finds Go's words for it.
 *
 *     if (json.enterObject())
 *       do { json.name(); … a value … } while (json.more());
 *
 * Every method but {@link name} begins at a value's first byte, which {@link peek} shows, and ends behind the value.
 */
export class JsonByteReader {
  /** The document, and behind it the texts that do not stand there as they are: with escapes, or not UTF-8. Replaced when it must grow. */
  bytes: Uint8Array;
  position = 0;
  /** The string read last, as valid UTF-8 in {@link bytes}. */
  textStart = 0;
  textEnd = 0;
  readonly #end: number;
  readonly #limits: ZipkinLimits;
  #view: DataView;
  /** Of {@link bytes} when those are ours to write to. */
  #own: Buffer | undefined;
  /** Where the next rewritten text goes. */
  #textsEnd: number;
  #depth = 0;
  #elements = 0;

  constructor(document: Uint8Array, limits: ZipkinLimits) {
    // One class of array, whatever the caller has, keeps the accesses below fast.
    this.bytes = new Uint8Array(document.buffer, document.byteOffset, document.length);
    this.#view = new DataView(document.buffer, document.byteOffset, document.length);
    this.#end = this.#textsEnd = document.length;
    this.#limits = limits;
  }

  /** Steps to the next byte that is no white space and gives it; 0 at the end. */
  peek(): number {
    const { bytes } = this;
    const end = this.#end;
    for (let i = this.position; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte > SPACE || !isSpace(byte)) {
        this.position = i;
        return byte;
      }
    }
    this.position = end;
    return 0;
  }

  /** Whether the document ends here. */
  atEnd(): boolean {
    return this.peek() === 0 && this.position === this.#end;
  }

  /** Steps into an object; false when it has no members. */
  enterObject(): boolean {
    this.#enter();
    return this.peek() !== CLOSE_OBJECT || this.#leave();
  }

  enterArray(): boolean {
    this.#enter();
    return this.peek() !== CLOSE_ARRAY || this.#leave();
  }

  /** After a member or an item: whether another follows; if not, the object or array is left. `close` is its last byte. */
  more(close: number): boolean {
    const byte = this.peek();
    if (byte === COMMA) {
      this.position++;
      this.peek();
      return true;
    }
    if (byte !== close) throw malformed();
    return this.#leave();
  }

  #enter(): void {
    this.position++;
    if (++this.#depth > this.#limits.maxNesting) throw limitExceeded();
    if (++this.#elements > this.#limits.maxElements) throw limitExceeded();
  }

  #leave(): false {
    this.position++;
    this.#depth--;
    return false;
  }

  /** Reads a member's name and the colon, up to the value. */
  name(): void {
    if (this.peek() !== QUOTE) throw malformed();
    this.string();
    if (this.bytes[this.position] === COLON || this.peek() === COLON) this.position++;
    else throw malformed();
    this.peek();
  }

  string(): void {
    const { bytes } = this;
    const end = this.#end;
    const view = this.#view;
    const start = this.position + 1;
    let bits = 0;
    let i = start;
    for (const last = end - 4; i <= last; i += 4) {
      const four = view.getInt32(i, true);
      const quote = four ^ QUOTES;
      const backslash = four ^ BACKSLASHES;
      // The top bit of a byte is set where that byte is a quote, a backslash, or less than a space.
      const stop = ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((four - SPACES) & ~four);
      if ((stop & TOP_BITS) !== 0) break;
      bits |= four;
    }
    for (; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte === QUOTE) {
        this.position = i + 1;
        this.textStart = start;
        this.textEnd = i;
        if ((bits & TOP_BITS) !== 0 && !isUtf8(bytes.subarray(start, i))) this.#append(decodeUtf8(bytes, start, i));
        return;
      }
      if (byte === BACKSLASH) break;
      if (byte < SPACE) throw malformed();
      bits |= byte;
    }
    this.#unescape(start, i);
  }

  /** Reads a string with the first of its backslashes at `from`. */
  #unescape(start: number, from: number): void {
    const { bytes } = this;
    const end = this.#end;
    let i = from;
    while (i < end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
    if (i >= end) throw malformed();
    let text: string;
    try {
      text = JSON.parse(`"${decodeUtf8(bytes, start, i)}"`) as string;
    } catch {
      throw malformed();
    }
    this.position = i + 1;
    this.#append(text);
  }

  /** Puts a text behind the document. Never more than three times the bytes it was read from. */
  #append(text: string): void {
    const start = this.#textsEnd;
    const end = start + Buffer.byteLength(text);
    let own = this.#own;
    if (own === undefined || end > own.length) {
      const grown = new Uint8Array(end + (end >> 1));
      grown.set(this.bytes.subarray(0, start));
      own = Buffer.from(grown.buffer);
      this.bytes = grown;
      this.#view = new DataView(grown.buffer);
      this.#own = own;
    }
    own.write(text, start, "utf8");
    this.#textsEnd = end;
    this.textStart = start;
    this.textEnd = end;
  }

  /** The string read last. */
  text(): string {
    return decodeUtf8(this.bytes, this.textStart, this.textEnd);
  }

  /** Reads a number. */
  number(): number {
    const { bytes } = this;
    const end = this.#end;
    const start = this.position;
    const most = Math.min(end, start + MOST_DIGITS + 1);
    let value = 0;
    let i = start;
    let byte = 0;
    for (; i < most; i++) {
      byte = bytes[i] as number;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
    }
    const isPlain = byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;
    if (isPlain && i > start && (bytes[start] !== ZERO || i === start + 1)) {
      this.position = i;
      return value;
    }
    i = numberEnd(bytes, start, end);
    if (i < 0) throw malformed();
    this.position = i;
    return Number(decodeUtf8(bytes, start, i));
  }

  /** Steps over `null`, `true` or `false`. */
  literal(): void {
    const byte = this.bytes[this.position];
    const literal = byte === NULL ? "null" : byte === TRUE ? "true" : byte === FALSE ? "false" : undefined;
    if (literal === undefined || this.#end - this.position < literal.length) throw malformed();
    for (let i = 1; i < literal.length; i++) {
      if (this.bytes[this.position + i] !== literal.charCodeAt(i)) throw malformed();
    }
    this.position += literal.length;
  }

  /** Steps over any value. */
  skip(): void {
    const byte = this.bytes[this.position];
    if (this.position >= this.#end) throw malformed();
    if (byte === QUOTE) this.string();
    else if (byte === OPEN_OBJECT) {
      if (this.enterObject())
        do {
          this.name();
          this.skip();
        } while (this.more(CLOSE_OBJECT));
    } else if (byte === OPEN_ARRAY) {
      if (this.enterArray())
        do this.skip();
        while (this.more(CLOSE_ARRAY));
    } else if (byte === MINUS || (byte !== undefined && byte >= ZERO && byte <= NINE)) this.number();
    else this.literal();
  }

  /** Go's error for the value here, which is not of `type`: see {@link typeError}. */
  mismatch(field: string | undefined, type: string): ZipkinError {
    const byte = this.peek();
    if (byte === QUOTE) return typeError("", field, type);
    if (byte === OPEN_OBJECT) return typeError({}, field, type);
    if (byte === OPEN_ARRAY) return typeError([], field, type);
    if (byte === NULL) return typeError(null, field, type);
    if (byte === TRUE || byte === FALSE) return typeError(true, field, type);
    return typeError(this.number(), field, type);
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function malformed(): ZipkinError {
  return new ZipkinError("MALFORMED", "invalid JSON");
}

function limitExceeded(): ZipkinError {
  return new ZipkinError("LIMIT_EXCEEDED", "more or deeper objects and arrays than allowed");
}
