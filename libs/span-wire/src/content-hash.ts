/**
 * 64 bits that follow from content, as two hashes mixed like MurmurHash3, for keys under which a span is stored once. Whoever looks for two
 * contents of one hash finds them; of their own spans they then lose one, and others' they would have to know before they are stored.
 */
export class ContentHash {
  high = 0;
  low = 0;
  #bytes: Uint8Array | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));

  reset(high: number, low: number): void {
    this.high = high | 0;
    this.low = low | 0;
  }

  add(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    // Spans of a batch share their bytes.
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const view = this.#view;
    let high = this.high;
    let low = this.low;
    let at = start;
    for (const last = end - 3; at < last; at += 4) {
      const word = view.getInt32(at, true);
      const a = Math.imul(word, 0xcc9e2d51);
      high ^= Math.imul((a << 15) | (a >>> 17), 0x1b873593);
      high = (Math.imul((high << 13) | (high >>> 19), 5) + 0xe6546b64) | 0;
      const b = Math.imul(word, 0x239b961b);
      low ^= Math.imul((b << 16) | (b >>> 16), 0x38b34ae5);
      low = (Math.imul((low << 17) | (low >>> 15), 5) + 0x561ccd1b) | 0;
    }
    for (; at < end; at++) {
      high = Math.imul(high ^ (bytes[at] as number), 0x01000193);
      low = Math.imul(low ^ (bytes[at] as number), 0x0100010f);
    }
    this.high = mixed(high ^ (end - start));
    this.low = mixed(low ^ (end - start) ^ this.high);
  }
}

/** Of bytes in a view: for tables in memory only. */
export function hashOfView(view: DataView, start: number, end: number, seed: number): number {
  let hash = seed;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  return mixed(hash);
}

function mixed(given: number): number {
  let hash = given;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
