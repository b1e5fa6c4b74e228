/**
 * What Go's encoding/json says of bytes that are not JSON. This only runs after `JSON.parse` has failed, so it is written to be
 * read; `undefined` means that it found nothing wrong.
 */
export function goJsonSyntaxError(bytes: Uint8Array): string | undefined {
  try {
    new SyntaxChecker(bytes).document();
    return undefined;
  } catch (error) {
    if (error instanceof GoSyntaxError) return error.message;
    throw error;
  }
}

class GoSyntaxError extends Error {}

const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

class SyntaxChecker {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  document(): void {
    this.#value();
    if (this.#space() !== "") throw this.#unexpected("after top-level value");
  }

  /** The character here, "" at the end. Bytes above 127 are single characters, as in Go's scanner. */
  #peek(): string {
    const byte = this.#bytes[this.#position];
    return byte === undefined ? "" : String.fromCharCode(byte);
  }

  #space(): string {
    let char = this.#peek();
    while (char !== "" && " \t\r\n".includes(char)) {
      this.#position++;
      char = this.#peek();
    }
    return char;
  }

  #unexpected(context: string): GoSyntaxError {
    const char = this.#peek();
    if (char === "") return new GoSyntaxError("unexpected end of JSON input");
    return new GoSyntaxError(`invalid character ${quoted(char)} ${context}`);
  }

  /** Containers are kept on a stack of their closing characters, so that nesting cannot exhaust ours. */
  #value(): void {
    const open: string[] = [];
    for (;;) {
      const char = this.#space();
      if (char === "{" || char === "[") {
        this.#position++;
        const close = char === "{" ? "}" : "]";
        const next = this.#space();
        if (next !== close) {
          open.push(close);
          if (close === "}") this.#key();
          continue;
        }
        this.#position++;
      } else this.#scalar(char);
      if (!this.#afterValue(open)) return;
    }
  }

  /** Closes what ends here; true when another value follows. */
  #afterValue(open: string[]): boolean {
    for (;;) {
      const close = open[open.length - 1];
      if (close === undefined) return false;
      const char = this.#space();
      if (char === ",") {
        this.#position++;
        if (close === "}") this.#key();
        return true;
      }
      if (char !== close) {
        throw this.#unexpected(close === "}" ? "after object key:value pair" : "after array element");
      }
      this.#position++;
      open.pop();
    }
  }

  #key(): void {
    if (this.#space() !== '"') throw this.#unexpected("looking for beginning of object key string");
    this.#string();
    if (this.#space() !== ":") throw this.#unexpected("after object key");
    this.#position++;
  }

  #scalar(char: string): void {
    const literal = LITERALS[char];
    if (literal !== undefined) this.#literal(literal);
    else if (char === '"') this.#string();
    else if (char === "-" || /^\d$/.test(char)) this.#number();
    else throw this.#unexpected("looking for beginning of value");
  }

  #literal(literal: string): void {
    for (const expected of literal) {
      if (this.#peek() !== expected) throw this.#unexpected(`in literal ${literal} (expecting '${expected}')`);
      this.#position++;
    }
  }

  #string(): void {
    this.#position++;
    for (;;) {
      const char = this.#peek();
      if (char === "" || char < " ") throw this.#unexpected("in string literal");
      this.#position++;
      if (char === '"') return;
      if (char === "\\") this.#escape();
    }
  }

  #escape(): void {
    const char = this.#peek();
    if (char === "" || !'bfnrt\\/"u'.includes(char)) throw this.#unexpected("in string escape code");
    this.#position++;
    for (let i = 0; char === "u" && i < 4; i++) {
      if (!/^[0-9a-fA-F]$/.test(this.#peek())) throw this.#unexpected("in \\u hexadecimal character escape");
      this.#position++;
    }
  }

  #number(): void {
    if (this.#peek() === "-") this.#position++;
    if (this.#peek() === "0") this.#position++;
    else this.#digits("in numeric literal");
    if (this.#peek() === ".") {
      this.#position++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/^[eE]$/.test(this.#peek())) {
      this.#position++;
      if (/^[+-]$/.test(this.#peek())) this.#position++;
      this.#digits("in exponent of numeric literal");
    }
  }

  #digits(context: string): void {
    if (!/^\d$/.test(this.#peek())) throw this.#unexpected(context);
    while (/^\d$/.test(this.#peek())) this.#position++;
  }
}

/** A character the way Go quotes it in these errors. */
function quoted(char: string): string {
  if (char === "'") return `'\\''`;
  if (char === '"') return `'"'`;
  if (char === "\\") return `'\\\\'`;
  const code = char.charCodeAt(0);
  const named = { 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r" }[code];
  if (named !== undefined) return `'${named}'`;
  if (code < 32 || code === 127) return `'\\x${code.toString(16).padStart(2, "0")}'`;
  if (code > 127 && code < 160) return `'\\u${code.toString(16).padStart(4, "0")}'`;
  return `'${char}'`;
}
