/**
 * FNV-1a over bytes, 64 bits kept as two unsigned halves, since a bigint a byte would cost more than the rest of ingest. The prime is
 * 2^40 + 0x1b3, so that every product stays a safe integer.
 */
export class Fnv1a64 {
  high = 0xcbf29ce4;
  low = 0x84222325;

  set(high: number, low: number): void {
    this.high = high;
    this.low = low;
  }

  update(bytes: Uint8Array, start: number, end: number): void {
    let high = this.high;
    let low = this.low;
    for (let i = start; i < end; i++) {
      low = (low ^ (bytes[i] as number)) >>> 0;
      const product = low * 0x1b3;
      const carry = Math.floor(product / 0x100000000);
      high = (high * 0x1b3 + carry + ((low << 8) >>> 0)) % 0x100000000;
      low = product >>> 0;
    }
    this.high = high;
    this.low = low;
  }
}
