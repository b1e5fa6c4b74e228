const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;

/** Where the JSON number ends that begins at `start`; -1 when there is none. */
export function numberEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  if (i < end && bytes[i] === MINUS) i++;
  i = i < end && bytes[i] === ZERO ? i + 1 : digitsEnd(bytes, i, end);
  if (i > 0 && i < end && bytes[i] === DOT) i = digitsEnd(bytes, i + 1, end);
  if (i > 0 && i < end && ((bytes[i] as number) | 0x20) === 0x65) {
    i++;
    if (i < end && (bytes[i] === PLUS || bytes[i] === MINUS)) i++;
    i = digitsEnd(bytes, i, end);
  }
  return i;
}

/** Behind one and more digits; -1 when there is none. */
function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && (bytes[i] as number) >= ZERO && (bytes[i] as number) <= ZERO + 9) i++;
  return i === start ? -1 : i;
}
