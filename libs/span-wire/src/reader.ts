import { SpanWireError } from "./errors.ts";

/**
 * Walks protobuf wire form in `buffer[position, end)`. Every read checks `end` first, so hostile lengths
 * end in `MALFORMED` before anything is allocated. The texts of its errors are those of Go's generated code.
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
    if (this.position >= this.end) throw unexpectedEnd();
    let byte = buffer[this.position++] as number;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; shift < 35; shift += 7) {
      if (this.position >= this.end) throw unexpectedEnd();
      byte = buffer[this.position++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    for (let i = 0; i < 5; i++) {
      if (this.position >= this.end) throw unexpectedEnd();
      if ((buffer[this.position++] as number) < 128) return value >>> 0;
    }
    throw integerOverflow();
  }

  /** A signed 64-bit varint. */
  varint64(): bigint {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) throw unexpectedEnd();
      const byte = this.buffer[this.position++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) return (BigInt(high | 0) << 32n) | BigInt(low >>> 0);
    }
    throw integerOverflow();
  }

  /** The length of a length-delimited field, checked against the bytes left. */
  length(): number {
    const first = this.position < this.end ? (this.buffer[this.position] as number) : 128;
    let length = first;
    if (first < 128) this.position++;
    else {
      const wide = this.varint64();
      if (wide < 0n) throw malformed("proto: negative length found during unmarshaling");
      if (wide > 0x7fffffffn) throw unexpectedEnd();
      length = Number(wide);
    }
    if (length > this.end - this.position) throw unexpectedEnd();
    return length;
  }

  /** Steps over a field's value. Groups (wire types 3 and 4) nest up to 64 deep. */
  skip(wireType: number): void {
    if (wireType === 2) {
      // In two steps: `length` moves the position itself.
      const length = this.length();
      this.position += length;
    } else if (wireType === 0) this.#skipVarint();
    else if (wireType === 1) this.#advance(8);
    else if (wireType === 5) this.#advance(4);
    else if (wireType === 3) this.#skipGroup();
    else if (wireType === 4) throw malformed("proto: unexpected end of group");
    else throw malformed(`proto: illegal wireType ${wireType}`);
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

  #advance(count: number): void {
    if (count > this.end - this.position) throw unexpectedEnd();
    this.position += count;
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
