const REPLACEMENT = "\ufffd";

/**
 * Text of UTF-8 bytes. Where they are invalid, each offending byte becomes one U+FFFD, as in Go's `range` over a
 * string and its JSON (WHATWG decoders replace a truncated sequence as a whole).
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length < 16) {
    let text = "";
    let i = start;
    for (; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte > 127) break;
      text += String.fromCharCode(byte);
    }
    if (i >= end) return text;
  }
  const text = asBuffer(bytes).utf8Slice(start, end);
  return text.includes(REPLACEMENT) ? decodeLossy(bytes, start, end) : text;
}

interface SliceBuffer extends Uint8Array {
  utf8Slice(start: number, end: number): string;
}

const utf8Slice = (Buffer.prototype as unknown as SliceBuffer).utf8Slice;

/** `utf8Slice` works on any Uint8Array once it is called as a method of one. */
function asBuffer(bytes: Uint8Array): { utf8Slice(start: number, end: number): string } {
  if (bytes instanceof Buffer) return bytes as unknown as SliceBuffer;
  return { utf8Slice: (start, end) => utf8Slice.call(bytes, start, end) };
}

function decodeLossy(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let valid = start;
  let i = start;
  while (i < end) {
    const size = sequenceLength(bytes, i, end);
    if (size > 0) {
      i += size;
      continue;
    }
    text += utf8Slice.call(bytes, valid, i) + REPLACEMENT;
    valid = ++i;
  }
  return text + utf8Slice.call(bytes, valid, end);
}

/** Bytes of the well-formed sequence at `i` (Unicode 15, table 3-7), or 0. */
function sequenceLength(bytes: Uint8Array, i: number, end: number): number {
  const first = bytes[i] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (i + size > end) return 0;
  const second = bytes[i + 1] as number;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < size; k++) if (((bytes[i + k] as number) & 0xc0) !== 0x80) return 0;
  return size;
}
