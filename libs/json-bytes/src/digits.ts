const ZERO = 48;
const EIGHT_DIGITS = 100_000_000;
/** Of an integer up to 2^53 - 1. */
export const MOST_DIGITS = 16;

/** Two digits, and the two hex digits of a byte, each as one little-endian number. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => pair(String(i).padStart(2, "0")));
export const HEX = Uint16Array.from({ length: 256 }, (_, byte) => pair(byte.toString(16).padStart(2, "0")));

function pair(digits: string): number {
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8);
}

/**
 * Writes an integer from 0 to 2^53 - 1 to `at`, with fewer digits than `width`, at most 8, behind zeros; gives the position behind it. There
 * must be room for {@link MOST_DIGITS}.
 */
export function putUint(view: DataView, at: number, value: number, width: number): number {
  if (value < EIGHT_DIGITS) return putDigits(view, at, value, Math.max(width, countDigits(value)));
  // Halves that integers of 32 bits hold.
  const high = Math.floor(value / EIGHT_DIGITS);
  return putDigits(view, putDigits(view, at, high, countDigits(high)), value - high * EIGHT_DIGITS, 8);
}

/** `count` digits of an integer below 2^31. */
function putDigits(view: DataView, start: number, value: number, count: number): number {
  let rest = value | 0;
  let at = start + count;
  for (let left = count; left > 1; left -= 2) {
    const hundreds = (rest / 100) | 0;
    at -= 2;
    view.setUint16(at, PAIRS[rest - hundreds * 100] as number, true);
    rest = hundreds;
  }
  if ((count & 1) === 1) view.setUint8(at - 1, ZERO + rest);
  return start + count;
}

/** Of an integer below 10^8. */
function countDigits(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  return value < 1_000_000 ? (value < 100_000 ? 5 : 6) : value < 10_000_000 ? 7 : 8;
}
