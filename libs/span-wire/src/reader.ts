import { SpanWireError } from "./errors.ts";

/**
 * Walks protobuf wire form in `buffer[position, end)`. Every read checks `end` first, so hostile lengths
 * end in `MALFORMED` before anything is allocated.
 */
export class WireReader {
  buffer: Uint8Array;
  position: number;
  end: number;

  constructor(buffer: Uint8Array, position: number = 0, end: number = buffer.length) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  /** An unsigned varint; bits above 32 are dropped, as protobuf does for 32-bit fields. */
  varint32(): number {
    const buffer = this.buffer;
    if (this.position >= this.end) throw malformed("unexpected end");
    let byte = buffer[this.position++] as number;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; shift < 35; shift += 7) {
      if (this.position >= this.end) throw malformed("unexpected end");
      byte = buffer[this.position++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    for (let i = 0; i < 5; i++) {
      if (this.position >= this.end) throw malformed("unexpected end");
      if ((buffer[this.position++] as number) < 128) return value >>> 0;
    }
    throw malformed("varint too long");
  }

  /** A signed 64-bit varint. */
  varint64(): bigint {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) throw malformed("unexpected end");
      const byte = this.buffer[this.position++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) return (BigInt(high | 0) << 32n) | BigInt(low >>> 0);
    }
    throw malformed("varint too long");
  }

  /** The length of a length-delimited field, checked against the bytes left. */
  length(): number {
    const length = this.varint32();
    if (length > this.end - this.position) throw malformed("length exceeds message");
    return length;
  }

  /** Steps over a field of this wire type. Groups (3, 4) are refused: no message we read has them. */
  skip(wireType: number): void {
    if (wireType === 2) this.position += this.length();
    else if (wireType === 0) {
      for (let i = 0; i < 10; i++) {
        if (this.position >= this.end) throw malformed("unexpected end");
        if ((this.buffer[this.position++] as number) < 128) return;
      }
      throw malformed("varint too long");
    } else if (wireType === 1) this.#advance(8);
    else if (wireType === 5) this.#advance(4);
    else throw malformed(`unsupported wire type ${wireType}`);
  }

  #advance(count: number): void {
    if (count > this.end - this.position) throw malformed("unexpected end");
    this.position += count;
  }
}

function malformed(reason: string): SpanWireError {
  return new SpanWireError("MALFORMED", `malformed protobuf: ${reason}`);
}
