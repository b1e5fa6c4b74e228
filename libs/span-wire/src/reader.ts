import { SpanWireError } from "./errors.ts";
import type { MessageShape } from "./shapes.ts";

/** Varints of up to seven bytes are exact as sums of doubles. */
const MOST_FACTOR = 2 ** 49;

/**
 * Walks protobuf wire form in `buffer[position, end)`. Every read checks `end` first, so hostile lengths
 * end in `MALFORMED` before anything is allocated. The texts of its errors are those of Go's generated code.
 *
 * Decoders hold one and do not extend it, but for the scanner of batches: with many classes of readers its methods would be slow
 * for all of them.
 */
export class WireReader {
  buffer: Uint8Array;
  position: number;
  end: number;
  /** The halves of the varint that {@link varint} read last, as signed 32-bit integers, which V8 holds without boxing them. */
  low = 0;
  high = 0;

  constructor(buffer: Uint8Array, position: number = 0, end: number = buffer.length) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  /** Goes to `buffer[position, end)`. */
  open(buffer: Uint8Array, position: number, end: number): void {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  /** An unsigned varint; bits above 32 are dropped, as protobuf does for 32-bit fields. */
  varint32(): number {
    const { buffer, end } = this;
    let position = this.position;
    if (position < end && (buffer[position] as number) < 128) {
      this.position = position + 1;
      return buffer[position] as number;
    }
    let value = 0;
    for (let shift = 0; shift < 35 && position < end; shift += 7) {
      const byte = buffer[position++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) {
        this.position = position;
        return value >>> 0;
      }
    }
    this.varint();
    return this.low >>> 0;
  }

  /** Reads a varint of up to 64 bits into {@link low} and {@link high}. */
  varint(): void {
    const { buffer, end } = this;
    let position = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= end) throw unexpectedEnd();
      const byte = buffer[position++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) {
        this.position = position;
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw integerOverflow();
  }

  /** A signed 64-bit varint. */
  varint64(): bigint {
    this.varint();
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
  }

  /** A signed 64-bit varint, rounded beyond 2^53. */
  varintNumber(): number {
    const { buffer, end } = this;
    let position = this.position;
    let value = 0;
    for (let factor = 1; factor < MOST_FACTOR && position < end; factor *= 128) {
      const byte = buffer[position++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) {
        this.position = position;
        return value;
      }
    }
    this.varint();
    return this.high * 4294967296 + (this.low >>> 0);
  }

  /** A field's tag, `number << 3 | wire type`. Whether there can be such a field is for {@link skipField} to say. */
  tag(): number {
    if (this.position < this.end) {
      const byte = this.buffer[this.position] as number;
      if (byte < 128) {
        this.position++;
        return byte;
      }
    }
    this.varint();
    if (this.high !== 0) throw malformed(`proto: illegal tag ${(this.low >>> 3) | (this.high << 29)}`);
    return this.low >>> 0;
  }

  /** The length of a length-delimited field, checked against the bytes left. */
  length(): number {
    const { buffer, position, end } = this;
    let length = position < end ? (buffer[position] as number) : 128;
    if (length < 128) this.position = position + 1;
    else if (position + 1 < end && (buffer[position + 1] as number) < 128) {
      length = (length & 127) | ((buffer[position + 1] as number) << 7);
      this.position = position + 2;
    } else length = this.#longLength();
    if (length > end - this.position) throw unexpectedEnd();
    return length;
  }

  #longLength(): number {
    this.varint();
    if (this.high < 0) throw malformed("proto: negative length found during unmarshaling");
    return this.high * 4294967296 + (this.low >>> 0);
  }

  /** Steps over a length-delimited field, from its length on; gives where the content begins. It ends at `position`. */
  bytes(): number {
    const length = this.length();
    const start = this.position;
    this.position = start + length;
    return start;
  }

  /** Steps over `count` bytes that must be there; gives where they begin. */
  fixed(count: number): number {
    const start = this.position;
    if (count > this.end - start) throw unexpectedEnd();
    this.position = start + count;
    return start;
  }

  /** Enters a nested message, from its length on: `end` is its end. Give the result to {@link leave}. */
  enter(): number {
    const outer = this.end;
    const length = this.length();
    this.end = this.position + length;
    return outer;
  }

  /** Goes on behind the message entered, which was read to its end. */
  leave(outer: number): void {
    this.end = outer;
  }

  /** Steps over a field's value. Groups (wire types 3 and 4) nest up to 64 deep. */
  skip(wireType: number): void {
    if (wireType === 2) this.bytes();
    else if (wireType === 0) this.#skipVarint();
    else if (wireType === 1) this.fixed(8);
    else if (wireType === 5) this.fixed(4);
    else if (wireType === 3) this.#skipGroup();
    else if (wireType === 4) throw malformed("proto: unexpected end of group");
    else throw malformed(`proto: illegal wireType ${wireType}`);
  }

  /**
   * Steps over the value of a field that a message's reader does not read. What Go's generated code refuses is refused in its words:
   * a field that cannot be, and one of `shape` with another wire type than it has.
   */
  skipField(tag: number, shape: MessageShape): void {
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (wireType === 4) throw malformed(`proto: ${shape.name}: wiretype end group for non-group`);
    if (number === 0) throw malformed(`proto: ${shape.name}: illegal tag ${number} (wire type ${wireType})`);
    const known = shape.fields.get(number);
    if (known !== undefined && known[1] !== wireType) {
      throw malformed(`proto: wrong wireType = ${wireType} for field ${known[0]}`);
    }
    this.skip(wireType);
  }

  #skipVarint(): void {
    for (let i = 0; i < 10; i++) {
      if (this.position >= this.end) throw unexpectedEnd();
      if ((this.buffer[this.position++] as number) < 128) return;
    }
    throw integerOverflow();
  }

  #skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      const wireType = this.varint32() & 7;
      if (wireType === 3) {
        if (++depth > 64) throw malformed("proto: groups nest too deep");
      } else if (wireType === 4) depth--;
      else this.skip(wireType);
    }
  }
}

export function malformed(message: string): SpanWireError {
  return new SpanWireError("MALFORMED", message);
}

export function unexpectedEnd(): SpanWireError {
  return malformed("unexpected EOF");
}

function integerOverflow(): SpanWireError {
  return malformed("proto: integer overflow");
}
