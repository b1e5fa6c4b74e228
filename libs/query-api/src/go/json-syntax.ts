/** The text Go's `encoding/json` gives for JSON that is not well-formed; `undefined` when it is. */
export function jsonSyntaxError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return new Scanner(text).firstError();
  }
}

const SPACE = /[ \t\r\n]/;
const END = "unexpected end of JSON input";

/** Walks JSON like Go's scanner until the first character that cannot follow. Only used on broken JSON. */
class Scanner {
  readonly #chars: readonly string[];
  #position = 0;

  constructor(text: string) {
    this.#chars = [...text];
  }

  firstError(): string {
    // Containers that are open: `{` expects members, `[` elements.
    const open: ("{" | "[")[] = [];
    let error = this.#value(open);
    while (error === undefined) {
      const container = open.at(-1);
      const char = this.#skipSpace();
      if (container === undefined) return char === undefined ? END : invalid(char, "after top-level value");
      if (char === undefined) return END;
      if (char === (container === "{" ? "}" : "]")) {
        this.#position++;
        open.pop();
      } else if (char === ",") {
        this.#position++;
        error = container === "{" ? this.#member(open, false) : this.#value(open);
      } else return invalid(char, container === "{" ? "after object key:value pair" : "after array element");
    }
    return error;
  }

  /** Reads a value, or only its opening when it is a container that is not empty. */
  #value(open: ("{" | "[")[]): string | undefined {
    const char = this.#skipSpace();
    if (char === undefined) return END;
    if (char === "{") {
      this.#position++;
      open.push("{");
      return this.#member(open, true);
    }
    if (char === "[") {
      this.#position++;
      if (this.#skipSpace() === "]") {
        this.#position++;
        return undefined;
      }
      open.push("[");
      return this.#value(open);
    }
    if (char === '"') return this.#string();
    if (char === "-" || /[0-9]/.test(char)) return this.#number();
    for (const word of ["true", "false", "null"]) if (word[0] === char) return this.#word(word);
    return invalid(char, "looking for beginning of value");
  }

  #member(open: ("{" | "[")[], first: boolean): string | undefined {
    const char = this.#skipSpace();
    if (char === undefined) return END;
    if (char === "}" && first) {
      this.#position++;
      open.pop();
      return undefined;
    }
    if (char !== '"') return invalid(char, "looking for beginning of object key string");
    const error = this.#string();
    if (error !== undefined) return error;
    const colon = this.#skipSpace();
    if (colon === undefined) return END;
    if (colon !== ":") return invalid(colon, "after object key");
    this.#position++;
    return this.#value(open);
  }

  #string(): string | undefined {
    for (this.#position++; ; this.#position++) {
      const char = this.#chars[this.#position];
      if (char === undefined) return END;
      if (char === '"') break;
      if (char < " ") return invalid(char, "in string literal");
      if (char !== "\\") continue;
      const escaped = this.#chars[++this.#position];
      if (escaped === undefined) return END;
      if (escaped === "u") {
        for (let i = 0; i < 4; i++) {
          const digit = this.#chars[++this.#position];
          if (digit === undefined) return END;
          if (!/[0-9a-fA-F]/.test(digit)) return invalid(digit, "in \\u hexadecimal character escape");
        }
      } else if (!'"\\/bfnrt'.includes(escaped)) return invalid(escaped, "in string escape code");
    }
    this.#position++;
    return undefined;
  }

  #number(): string | undefined {
    if (this.#chars[this.#position] === "-") {
      const char = this.#chars[++this.#position];
      if (char === undefined) return END;
      if (!/[0-9]/.test(char)) return invalid(char, "in numeric literal");
    }
    if (this.#chars[this.#position] === "0") this.#position++;
    else this.#digits();
    if (this.#chars[this.#position] === ".") {
      const char = this.#chars[++this.#position];
      if (char === undefined) return END;
      if (!/[0-9]/.test(char)) return invalid(char, "after decimal point in numeric literal");
      this.#digits();
    }
    if (/[eE]/.test(this.#chars[this.#position] ?? "")) {
      if (/[+-]/.test(this.#chars[++this.#position] ?? "")) this.#position++;
      const char = this.#chars[this.#position];
      if (char === undefined) return END;
      if (!/[0-9]/.test(char)) return invalid(char, "in exponent of numeric literal");
      this.#digits();
    }
    return undefined;
  }

  #digits(): void {
    while (/[0-9]/.test(this.#chars[this.#position] ?? "")) this.#position++;
  }

  #word(word: string): string | undefined {
    for (let i = 1; i < word.length; i++) {
      const char = this.#chars[this.#position + i];
      if (char === undefined) return END;
      if (char !== word[i]) return invalid(char, `in literal ${word} (expecting '${word[i]}')`);
    }
    this.#position += word.length;
    return undefined;
  }

  #skipSpace(): string | undefined {
    while (SPACE.test(this.#chars[this.#position] ?? "")) this.#position++;
    return this.#chars[this.#position];
  }
}

function invalid(char: string, context: string): string {
  return `invalid character ${quoteChar(char)} ${context}`;
}

/** Go scans bytes, so a character beyond ASCII shows as its first byte. */
function quoteChar(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  const byte = Buffer.from(char, "utf8")[0] as number;
  const named: Readonly<Record<number, string>> = {
    7: "\\a",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
    92: "\\\\",
  };
  const short = named[byte];
  if (short !== undefined) return `'${short}'`;
  if (byte < 32 || byte === 127) return `'\\x${byte.toString(16).padStart(2, "0")}'`;
  if (byte >= 128 && byte < 160) return `'\\u00${byte.toString(16)}'`;
  return `'${String.fromCharCode(byte)}'`;
}
