import { decodeUtf8 } from "@spoor/span-wire";
import { OtlpError } from "../errors.ts";
import type { FieldTable } from "./field-table.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Kinds of values by their first byte. */
export type JsonKind = "string" | "number" | "null" | "bool" | "array" | "object" | "invalid";

/**
 * A pull parser of JSON over UTF-8 bytes. It reads what the caller asks for and checks only that; its order of reading and its
 * error texts are those of the Go library v1 reads OTLP/JSON with (json-iterator/go), so that senders see the same replies:
 *
 *     if (json.enterObject()) {
 *       do switch (json.field(FIELDS)) { … default: json.skip(); } while (json.moreFields());
 *     }
 *
 * `null` counts as an empty object, array or string.
 */
export class JsonReader {
  readonly bytes: Uint8Array;
  position = 0;
  /** The range of the string that {@link string} read last: in {@link bytes}, or in {@link unescaped} when that is set. */
  stringStart = 0;
  stringEnd = 0;
  unescaped: Uint8Array | undefined;
  /** The halves of the integer read last, in two's complement. */
  low = 0;
  high = 0;
  #ended = false;
  #skipDepth = 0;
  readonly #maxNesting: number;

  constructor(bytes: Uint8Array, maxNesting: number) {
    this.bytes = bytes;
    this.#maxNesting = maxNesting;
  }

  /** The next byte that is no white space; 0 at the end. */
  #token(): number {
    const { bytes } = this;
    for (let i = this.position; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d) continue;
      this.position = i + 1;
      return byte;
    }
    this.position = bytes.length;
    this.#ended = true;
    return 0;
  }

  #unread(): void {
    if (!this.#ended) this.position--;
  }

  #byte(): number {
    if (this.position < this.bytes.length) return this.bytes[this.position++] as number;
    this.#ended = true;
    return 0;
  }

  fail(operation: string, problem: string): OtlpError {
    const { position, bytes } = this;
    const near = decodeUtf8(bytes, Math.max(0, position - 10), Math.min(bytes.length, position + 10));
    const around = decodeUtf8(bytes, Math.max(0, position - 50), Math.min(bytes.length, position + 50));
    const at = Math.min(10, position);
    return new OtlpError(
      "MALFORMED",
      `${operation}: ${problem}, error found in #${at} byte of ...|${near}|..., bigger context ...|${around}|...`,
    );
  }

  kind(): JsonKind {
    const byte = this.#token();
    this.#unread();
    if (byte === QUOTE) return "string";
    if (byte === MINUS || (byte >= ZERO && byte <= 0x39)) return "number";
    if (byte === 0x7b) return "object";
    if (byte === 0x5b) return "array";
    if (byte === 0x6e) return "null";
    return byte === 0x74 || byte === 0x66 ? "bool" : "invalid";
  }

  /** Steps into an object; false when it has no fields. */
  enterObject(): boolean {
    let byte = this.#token();
    if (byte === 0x7b) {
      byte = this.#token();
      if (byte === QUOTE) {
        this.#unread();
        return true;
      }
      if (byte === 0x7d) return false;
      throw this.fail("ReadObjectCB", `expect " after {, but found ${char(byte)}`);
    }
    if (byte === 0x6e) {
      this.#literal("ull", "skipThreeBytes");
      return false;
    }
    throw this.fail("ReadObjectCB", `expect { or n, but found ${char(byte)}`);
  }

  /** Reads a field's name and the colon; gives the name's number in `table`, 0 when it is not there. */
  field(table: FieldTable): number {
    this.string();
    const number = this.unescaped
      ? table.find(this.unescaped, 0, this.unescaped.length)
      : table.find(this.bytes, this.stringStart, this.stringEnd);
    const byte = this.#token();
    if (byte !== 0x3a) throw this.fail("ReadObject", `expect : after object field, but found ${char(byte)}`);
    return number;
  }

  /** After a field's value: whether another field follows; if not, the object is left. */
  moreFields(): boolean {
    const byte = this.#token();
    if (byte === 0x2c) return true;
    if (byte === 0x7d) return false;
    throw this.fail("ReadObjectCB", "object not ended with }");
  }

  /** Steps into an array; false when it is empty. */
  enterArray(): boolean {
    let byte = this.#token();
    if (byte === 0x5b) {
      byte = this.#token();
      if (byte === 0x5d) return false;
      this.#unread();
      return true;
    }
    if (byte === 0x6e) {
      this.#literal("ull", "skipThreeBytes");
      return false;
    }
    throw this.fail("ReadArrayCB", `expect [ or n, but found ${char(byte)}`);
  }

  moreItems(): boolean {
    const byte = this.#token();
    if (byte === 0x2c) return true;
    if (byte === 0x5d) return false;
    throw this.fail("ReadArrayCB", `expect ] in the end, but found ${char(byte)}`);
  }

  /** Reads a string; it is in {@link stringStart}, {@link stringEnd} or {@link unescaped} then. */
  string(): void {
    const byte = this.#token();
    this.unescaped = undefined;
    if (byte === QUOTE) {
      const { bytes } = this;
      const start = this.position;
      for (let i = start; i < bytes.length; i++) {
        const next = bytes[i] as number;
        if (next === QUOTE) {
          this.stringStart = start;
          this.stringEnd = i;
          this.position = i + 1;
          return;
        }
        if (next === BACKSLASH) break;
        if (next < 0x20) throw this.fail("ReadString", `invalid control character found: ${next}`);
      }
      this.unescaped = this.#unescape();
      return;
    }
    if (byte === 0x6e) {
      this.#literal("ull", "skipThreeBytes");
      this.stringStart = this.stringEnd = this.position;
      return;
    }
    throw this.fail("ReadString", `expects " or n, but found ${char(byte)}`);
  }

  /** The string that was read last. */
  text(): string {
    const { unescaped } = this;
    return unescaped
      ? decodeUtf8(unescaped, 0, unescaped.length)
      : decodeUtf8(this.bytes, this.stringStart, this.stringEnd);
  }

  /** The rest of a string that holds an escape, up to and with the closing quote. */
  #unescape(): Uint8Array {
    const end = this.#closingQuote();
    const text = Buffer.allocUnsafe(end - this.position);
    let length = 0;
    while (this.position < end) {
      const byte = this.bytes[this.position++] as number;
      if (byte !== BACKSLASH) text[length++] = byte;
      else length = this.#escape(text, length);
    }
    this.position = end + 1;
    return text.subarray(0, length);
  }

  #closingQuote(): number {
    const { bytes } = this;
    for (let i = this.position; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === QUOTE) return i;
      if (byte === BACKSLASH) i++;
    }
    this.position = bytes.length;
    throw this.fail("readStringSlowPath", "unexpected end of input");
  }

  /** Appends what the escape behind a backslash stands for: never more bytes than the escape itself has. */
  #escape(text: Buffer, at: number): number {
    const byte = this.#byte();
    if (byte === 0x75) {
      const unit = this.#hex4();
      let code = unit;
      if (
        unit >= 0xd800 &&
        unit < 0xdc00 &&
        this.bytes[this.position] === BACKSLASH &&
        this.bytes[this.position + 1] === 0x75
      ) {
        const saved = this.position;
        this.position += 2;
        const second = this.#hex4();
        if (second >= 0xdc00 && second < 0xe000) code = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
        else this.position = saved;
      }
      // A lone surrogate has no UTF-8; Go writes U+FFFD.
      return at + text.write(String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0xfffd : code), at);
    }
    const index = ESCAPES.indexOf(byte);
    if (index < 0 || byte === 0) throw this.fail("readEscapedChar", "invalid escape char after \\");
    text[at] = ESCAPED[index] as number;
    return at + 1;
  }

  #hex4(): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.#byte();
      const digit = hexDigit(byte);
      if (digit < 0) throw this.fail("readU4", `expects 0~9 or a~f, but found ${char(byte)}`);
      value = value * 16 + digit;
    }
    return value;
  }

  bool(): boolean {
    const byte = this.#token();
    if (byte === 0x74) {
      this.#literal("rue", "skipThreeBytes");
      return true;
    }
    if (byte === 0x66) {
      this.#literal("alse", "skipFourBytes");
      return false;
    }
    throw this.fail("ReadBool", `expect t or f, but found ${char(byte)}`);
  }

  #literal(rest: string, operation: string): void {
    for (let i = 0; i < rest.length; i++) {
      if (this.#byte() !== rest.charCodeAt(i)) throw this.fail(operation, `expect ${rest}`);
    }
  }

  /** The range of the digits of a number that must be an integer, past its sign if it may have one. */
  digits(
    operation: string,
    signed: boolean,
  ): { readonly negative: boolean; readonly start: number; readonly end: number } {
    let byte = this.#token();
    const negative = byte === MINUS && signed;
    if (negative) byte = this.#byte();
    if (byte < ZERO || byte > 0x39) throw this.fail(operation, `unexpected character: ${char(byte)}`);
    const start = this.position - 1;
    // A number that begins with 0 is 0; more digits fail at the next token.
    if (byte !== ZERO) while (isDigit(this.bytes[this.position])) this.position++;
    if (this.bytes[this.position] === 0x2e) throw this.fail("assertInteger", "can not decode float as int");
    return { negative, start, end: this.position };
  }

  /** The text of a number, of any form. */
  numberText(): string {
    this.#token();
    const start = this.position - 1;
    while (isNumberByte(this.bytes[this.position])) this.position++;
    return decodeUtf8(this.bytes, start, this.position);
  }

  /** Steps over a value nobody reads. */
  skip(): void {
    const byte = this.#token();
    switch (byte) {
      case QUOTE:
        this.position--;
        this.string();
        break;
      case 0x6e:
        this.#literal("ull", "skipThreeBytes");
        break;
      case 0x74:
        this.#literal("rue", "skipThreeBytes");
        break;
      case 0x66:
        this.#literal("alse", "skipFourBytes");
        break;
      case 0x7b:
      case 0x5b:
        this.#skipContainer(byte === 0x7b);
        break;
      default:
        if (byte !== MINUS && !isDigit(byte)) throw this.fail("Skip", `do not know how to skip: ${byte}`);
        this.position--;
        if (!NUMBER.test(this.numberText())) throw this.fail("validateNumber", "invalid number");
    }
  }

  #skipContainer(isObject: boolean): void {
    if (++this.#skipDepth > this.#maxNesting) throw this.fail("incrementDepth", "exceeded max depth");
    this.position--;
    if (isObject ? this.enterObject() : this.enterArray()) {
      do {
        if (isObject) this.#skipName();
        this.skip();
      } while (isObject ? this.moreFields() : this.moreItems());
    }
    this.#skipDepth--;
  }

  #skipName(): void {
    this.string();
    const byte = this.#token();
    if (byte !== 0x3a) throw this.fail("ReadMapCB", `expect : after object field, but found ${char(byte)}`);
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** `"\/bfnrt` and what they stand for. */
const ESCAPES = Buffer.from('"\\/bfnrt');
const ESCAPED = Buffer.from('"\\/\b\f\n\r\t');

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}

function isNumberByte(byte: number | undefined): boolean {
  return isDigit(byte) || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === MINUS;
}

export function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= 0x39) return byte - ZERO;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** One byte as Go prints it in a string: not UTF-8 when above 127. */
function char(byte: number): string {
  return byte > 127 ? "\ufffd" : String.fromCharCode(byte);
}
