/** Values of hex digits by their byte; of any other byte 0x80. */
const DIGITS: Uint8Array = new Uint8Array(256).fill(0x80);
for (let i = 0; i < 16; i++) {
  const digit = i.toString(16);
  DIGITS[digit.charCodeAt(0)] = i;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = i;
}

/** Whether `bytes[start, end)` are hex digits in either case. */
export function isHex(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let i = start; i < end; i++) bits |= DIGITS[bytes[i] as number] as number;
  return bits < 0x80;
}

/** The 32-bit word, signed, of up to eight hex digits. */
export function hexWord(bytes: Uint8Array, start: number, end: number): number {
  let word = 0;
  for (let i = start; i < end; i++) word = (word << 4) | (DIGITS[bytes[i] as number] as number);
  return word;
}
