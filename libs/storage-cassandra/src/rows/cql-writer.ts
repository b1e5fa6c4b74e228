import { isUtf8 } from "node:buffer";
import { decodeUtf8, viewOf } from "@spoor/span-wire";

const INITIAL_BYTES = 4096;
/** Longer runs are faster through the runtime's own copy. */
const LONG = 256;
/** The top bit of four bytes. */
const TOP_BITS = 0x80808080;
/** An invalid byte becomes three. */
const LARGEST_GROWTH = 3;

/**
 * Builds values of CQL columns in the native protocol's form (native_protocol_v4.spec, section 6) in one growing buffer. The protocol's
 * lengths are 32-bit integers, -1 for null.
 */
export class CqlWriter {
  /** Written bytes are `buffer[0, position)`. A growth replaces the buffer. */
  buffer: Buffer;
  /** Of {@link buffer}. */
  view: DataView;
  position = 0;
  #source: Uint8Array;
  #sourceView: DataView;

  constructor(capacity: number = INITIAL_BYTES) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.buffer);
    this.#source = this.buffer;
    this.#sourceView = this.view;
  }

  /** The bytes written since the last call, copied. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.position);
    this.buffer.copy(taken, 0, 0, this.position);
    this.position = 0;
    return taken;
  }

  /** Leaves room for a length that {@link end} fills in. */
  begin(): number {
    this.reserve(4);
    this.position += 4;
    return this.position;
  }

  end(begun: number): void {
    this.view.setInt32(begun - 4, this.position - begun);
  }

  int32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.position, value);
    this.position += 4;
  }

  null(): void {
    this.int32(-1);
  }

  /** A value of four bytes. */
  int32Value(value: number): void {
    this.reserve(8);
    this.view.setInt32(this.position, 4);
    this.view.setInt32(this.position + 4, value);
    this.position += 8;
  }

  text(value: string): void {
    this.reserve(4 + value.length * 3);
    const written = this.buffer.write(value, this.position + 4);
    this.view.setInt32(this.position, written);
    this.position += 4 + written;
  }

  /** Text in UTF-8. Invalid bytes, which Cassandra does not take, become U+FFFD. */
  utf8(source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.reserve(4 + length * LARGEST_GROWTH);
    const at = this.position + 4;
    if (!this.#copyTo(source, from, to, at) && !isUtf8(source.subarray(from, to))) {
      this.text(decodeUtf8(source, from, to));
      return;
    }
    this.view.setInt32(this.position, length);
    this.position = at + length;
  }

  bigint(value: bigint): void {
    this.reserve(12);
    this.view.setInt32(this.position, 8);
    this.view.setBigInt64(this.position + 4, BigInt.asIntN(64, value));
    this.position += 12;
  }

  /** A value of eight bytes, from its halves. */
  int64(high: number, low: number): void {
    this.reserve(12);
    this.view.setInt32(this.position, 8);
    this.view.setInt32(this.position + 4, high);
    this.view.setInt32(this.position + 8, low);
    this.position += 12;
  }

  blob(source: Uint8Array, from: number = 0, to: number = source.length): void {
    this.int32(to - from);
    this.raw(source, from, to);
  }

  /** Bytes without a length before them. */
  raw(source: Uint8Array, from: number = 0, to: number = source.length): void {
    this.reserve(to - from);
    this.#copyTo(source, from, to, this.position);
    this.position += to - from;
  }

  reserve(bytes: number): void {
    const needed = this.position + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.position);
    this.buffer = larger;
    this.view = viewOf(larger);
  }

  /** Gives back a buffer that a few large values made large. */
  shrink(capacity: number): void {
    if (this.buffer.length <= capacity) return;
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.buffer);
    this.position = 0;
  }

  /** Where most of what follows is copied from, which is made faster. */
  setSource(source: Uint8Array): void {
    if (source === this.#source) return;
    this.#source = source;
    this.#sourceView = viewOf(source);
  }

  /** Copies where room was made. True when all bytes are ASCII for certain. */
  #copyTo(source: Uint8Array, from: number, to: number, at: number): boolean {
    if (to - from > LONG) {
      this.buffer.set(source.subarray(from, to), at);
      return false;
    }
    // A call of the runtime's copy costs more than most texts are worth.
    const target = this.view;
    let bits = 0;
    let i = from;
    let k = at;
    if (source === this.#source) {
      const view = this.#sourceView;
      for (const end = to - 3; i < end; i += 4, k += 4) {
        const four = view.getInt32(i, true);
        target.setInt32(k, four, true);
        bits |= four;
      }
    }
    for (; i < to; i++, k++) {
      const byte = source[i] as number;
      target.setUint8(k, byte);
      bits |= byte;
    }
    return (bits & TOP_BITS) === 0;
  }
}

export function bigintValue(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  return bytes;
}

export function intValue(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function textValue(value: string): Buffer {
  return Buffer.from(value);
}
