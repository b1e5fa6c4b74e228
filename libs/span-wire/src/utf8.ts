const REPLACEMENT = "\ufffd";

/**
 * Text of UTF-8 bytes. Where they are invalid, each offending byte becomes one U+FFFD, as in Go's `range` over a
 * string and its JSON (WHATWG decoders replace a truncated sequence as a whole).
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length <= MAX_SHARED) return length === 0 ? "" : decodeShared(bytes, start, length);
  return decodeText(bytes, start, end);
}

const MAX_SHARED = 24;
const SLOTS = 4096;
/**
 * Recent short texts by a hash of their bytes. Keys, operation names and many values repeat in span after span: finding one
 * here costs less than making it, and its memory is shared. A new text takes the place of the old one in its slot.
 */
const shared: string[] = new Array<string>(SLOTS).fill("");

function decodeShared(bytes: Uint8Array, start: number, length: number): string {
  let hash = length;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + (bytes[start + i] as number)) | 0;
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = shared[slot] as string;
  if (known.length === length && isAscii(known, bytes, start)) return known;
  const text = decodeText(bytes, start, start + length);
  // Only ASCII has as many characters as bytes.
  if (text.length === length) shared[slot] = text;
  return text;
}

/** Whether the text is these bytes, all of them ASCII. */
function isAscii(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== bytes[start + i] || code > 127) return false;
  }
  return true;
}

function decodeText(bytes: Uint8Array, start: number, end: number): string {
  const text: string = utf8Slice.call(bytes, start, end);
  return text.includes(REPLACEMENT) ? decodeLossy(bytes, start, end) : text;
}

interface SliceBuffer extends Uint8Array {
  utf8Slice(start: number, end: number): string;
}

/** Works on any Uint8Array. */
const utf8Slice = (Buffer.prototype as unknown as SliceBuffer).utf8Slice;

function decodeLossy(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let valid = start;
  let i = start;
  while (i < end) {
    const size = utf8SequenceLength(bytes, i, end);
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
export function utf8SequenceLength(bytes: Uint8Array, i: number, end: number): number {
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
