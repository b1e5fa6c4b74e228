import { utf8SequenceLength } from "@spoor/span-wire";

/** A byte of a text may become so many. */
export const MOST_ESCAPED = 6;

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

/** Whether a byte of a text cannot be written as it is without another look. */
export function isSpecialByte(byte: number): boolean {
  return IS_SPECIAL[byte] === 1;
}

/**
 * For four bytes at once: the top bit of one is set if any of them is a control, not ASCII, or one of `"&<>\`. A byte below 128 from which more
 * than it is subtracted has its top bit set after; what is borrowed only disturbs bytes behind one that is special anyway.
 */
export function specialBits(word: number): number {
  const control = word - 0x20202020;
  const quoteOrAmpersand = ((word & 0xfbfbfbfb) ^ 0x22222222) - 0x01010101;
  const angle = ((word & 0xfdfdfdfd) ^ 0x3c3c3c3c) - 0x01010101;
  const backslash = (word ^ 0x5c5c5c5c) - 0x01010101;
  return (word | control | quoteOrAmpersand | angle | backslash) & HIGH_BITS;
}

const HIGH_BITS = 0x80808080 | 0;

/** Where {@link escapeText} stopped reading and writing. */
export interface Progress {
  read: number;
  written: number;
}

/**
 * Writes `source[start, end)` up to `stop`, or to the end of the character there, to `buffer` from `at` on, as `goJsonString` writes the inside of a string; each byte that is no
 * UTF-8 becomes U+FFFD. There must be room for {@link MOST_ESCAPED} times as many bytes.
 */
export function escapeText(
  source: Uint8Array,
  start: number,
  stop: number,
  end: number,
  buffer: Uint8Array,
  at: number,
  progress: Progress,
): void {
  let to = at;
  let i = start;
  while (i < stop) {
    const byte = source[i] as number;
    if (IS_SPECIAL[byte] === 0) {
      buffer[to++] = byte;
      i++;
      continue;
    }
    if (byte < 128) {
      const escaped = ESCAPES[byte] as Uint8Array;
      for (let k = 0; k < escaped.length; k++) buffer[to++] = escaped[k] as number;
      i++;
      continue;
    }
    const size = utf8SequenceLength(source, i, end);
    if (size === 0) {
      for (const part of REPLACEMENT) buffer[to++] = part;
      i++;
    } else if (isLineSeparator(source, i)) {
      for (const part of source[i + 2] === 0xa8 ? LINE_SEPARATOR : PARAGRAPH_SEPARATOR) buffer[to++] = part;
      i += size;
    } else for (const next = i + size; i < next; i++) buffer[to++] = source[i] as number;
  }
  progress.read = i;
  progress.written = to;
}

/** U+2028 or U+2029, in a well-formed sequence. */
function isLineSeparator(source: Uint8Array, i: number): boolean {
  return source[i] === 0xe2 && source[i + 1] === 0x80 && ((source[i + 2] as number) & 0xfe) === 0xa8;
}
