import { OtlpError } from "../errors.ts";

/**
 * Walks protobuf wire form in `bytes[position, end)`. Nested messages are walked by setting `end` (see {@link enter}).
 * The texts of errors are those of the Go code that v1 is generated from (gogo/protobuf).
 */
export class ProtoCursor {
  readonly bytes: Uint8Array;
  position: number;
  end: number;
  /** The halves of the varint that {@link varint64} read last. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, position: number = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** A field's tag, `number << 3 | wire type`; `message` names the message in errors. */
  tag(message: string): number {
    const byte = this.position < this.end ? (this.bytes[this.position] as number) : 128;
    if (byte < 128) {
      this.position++;
      if (byte < 8 || (byte & 7) === 4) throw illegalTag(message, byte);
      return byte;
    }
    this.varint64();
    const tag = this.low;
    if (tag < 8 || tag > 0x7fffffff || (tag & 7) === 4) throw illegalTag(message, tag);
    return tag;
  }

  /** Reads a varint of up to 64 bits into {@link low} and {@link high}. */
  varint64(): void {
    const bytes = this.bytes;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) throw unexpectedEnd();
      const byte = bytes[this.position++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new OtlpError("MALFORMED", "proto: integer overflow");
  }

  /** The length of a length-delimited field, checked against the bytes left. */
  length(): number {
    let length: number;
    const byte = this.position < this.end ? (this.bytes[this.position] as number) : 128;
    if (byte < 128) {
      this.position++;
      length = byte;
    } else {
      this.varint64();
      if (this.high > 0x7fffffff) {
        throw new OtlpError("MALFORMED", "proto: negative length found during unmarshaling");
      }
      length = this.high * 4294967296 + this.low;
    }
    if (length > this.end - this.position) throw unexpectedEnd();
    return length;
  }

  /** The 32 low bits of a varint, signed: enums and int32. */
  int32(): number {
    const byte = this.position < this.end ? (this.bytes[this.position] as number) : 128;
    if (byte < 128) {
      this.position++;
      return byte;
    }
    this.varint64();
    return this.low | 0;
  }

  /** Steps over `count` bytes that must be there; gives where they begin. */
  fixed(count: number): number {
    const at = this.position;
    if (count > this.end - at) throw unexpectedEnd();
    this.position = at + count;
    return at;
  }

  /** Steps over the value of a field that nobody reads. */
  skip(tag: number): void {
    let depth = 0;
    let wireType = tag & 7;
    for (;;) {
      if (wireType === 0) this.varint64();
      else if (wireType === 1) this.fixed(8);
      else if (wireType === 2) this.fixed(this.length());
      else if (wireType === 3) depth++;
      else if (wireType === 4) {
        if (depth === 0) throw new OtlpError("MALFORMED", "proto: unexpected end of group");
        depth--;
      } else if (wireType === 5) this.fixed(4);
      else throw new OtlpError("MALFORMED", `proto: illegal wireType ${wireType}`);
      if (depth === 0) return;
      this.varint64();
      wireType = this.low & 7;
    }
  }

  /** A field we know came with another wire type than it has. */
  wrongWireType(tag: number, field: string): OtlpError {
    return new OtlpError("MALFORMED", `proto: wrong wireType = ${tag & 7} for field ${field}`);
  }
}

function illegalTag(message: string, tag: number): OtlpError {
  return (tag & 7) === 4
    ? new OtlpError("MALFORMED", `proto: ${message}: wiretype end group for non-group`)
    : new OtlpError("MALFORMED", `proto: ${message}: illegal tag ${tag >>> 3} (wire type ${tag & 7})`);
}

function unexpectedEnd(): OtlpError {
  return new OtlpError("MALFORMED", "unexpected EOF");
}
