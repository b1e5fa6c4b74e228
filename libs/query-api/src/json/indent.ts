const INDENT = "    ";
// Everything up to the next character that changes the layout.
const PLAIN = /[^"{}[\]:,\s]+/y;
const IN_STRING = /[^"\\]+/y;

/** Spreads compact JSON over lines as Go's `json.MarshalIndent` with four spaces, piece by piece. */
export class JsonIndenter {
  #depth = 0;
  #inString = false;
  /** A backslash was the last character of the piece before. */
  #escaped = false;
  /** An opening bracket whose content is not known yet: empty ones stay on one line. */
  #opened = false;

  push(piece: string): string {
    let out = "";
    let at = 0;
    while (at < piece.length) {
      if (this.#inString) {
        const start = at;
        at = this.#skipString(piece, at);
        out += piece.slice(start, at);
        continue;
      }
      const char = piece[at] as string;
      if (this.#opened && char !== "}" && char !== "]") out += this.#line();
      if (char === "}" || char === "]") {
        this.#depth--;
        if (!this.#opened) out += this.#line();
      }
      this.#opened = false;
      if (char === "{" || char === "[") {
        this.#depth++;
        this.#opened = true;
        out += char;
      } else if (char === ",") out += `,${this.#line()}`;
      else if (char === ":") out += ": ";
      else if (char === '"') {
        this.#inString = true;
        out += char;
      } else {
        PLAIN.lastIndex = at;
        const text = PLAIN.exec(piece)?.[0] ?? char;
        out += text;
        at += text.length - 1;
      }
      at++;
    }
    return out;
  }

  /** Moves behind the string's text, and its closing quote when this piece has it. */
  #skipString(piece: string, from: number): number {
    let at = from;
    while (at < piece.length) {
      if (this.#escaped) {
        this.#escaped = false;
        at++;
        continue;
      }
      const char = piece[at];
      if (char === '"') {
        this.#inString = false;
        return at + 1;
      }
      if (char === "\\") {
        this.#escaped = true;
        at++;
        continue;
      }
      IN_STRING.lastIndex = at;
      at += IN_STRING.exec(piece)?.[0].length ?? 1;
    }
    return at;
  }

  #line(): string {
    return `\n${INDENT.repeat(this.#depth)}`;
  }
}

/** Pieces of compact JSON, indented; those in bytes are not cut inside of a character. */
export async function* indentJson(
  pieces: AsyncIterable<string | Buffer> | Iterable<string | Buffer>,
): AsyncGenerator<string, void, undefined> {
  const indenter = new JsonIndenter();
  for await (const piece of pieces) yield indenter.push(piece.toString());
}
