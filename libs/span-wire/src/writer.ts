import { viewOf } from "./numbers.ts";

const INITIAL_CAPACITY = 4096;
const NOTHING = Buffer.allocUnsafeSlow(0);
const NO_VIEW = viewOf(NOTHING);

/**
 * Writes protobuf wire form into one growing buffer. Messages nest through {@link begin} and {@link end}:
 * a length byte is reserved and the content moved when the length needs more, so lengths stay canonical.
 */
export class WireWriter {
  /** Written bytes are `buffer[0, position)`; the rest is capacity. A growth replaces the buffer. */
  buffer: Buffer;
  /** Of {@link buffer}. */
  view: DataView;
  position = 0;

  constructor(capacity: number = INITIAL_CAPACITY) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.buffer);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.buffer.subarray(0, this.position));
  }

  /** Hands over the buffer itself and starts a new one; what was written is `[0, position)` of it. */
  detach(): { readonly buffer: Uint8Array; readonly length: number } {
    const taken = { buffer: this.buffer, length: this.position };
    this.buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
    this.view = viewOf(this.buffer);
    this.position = 0;
    return taken;
  }

  /** Leaves its buffer to whoever has it and starts an empty one. */
  renew(capacity: number): void {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.buffer);
    this.position = 0;
  }

  /** Leaves its buffer to whoever has it; {@link renew} comes before anything is written. */
  release(): void {
    this.buffer = NOTHING;
    this.view = NO_VIEW;
    this.position = 0;
  }

  reset(): void {
    this.position = 0;
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    const needed = this.position + extra;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
    this.view = viewOf(grown);
  }

  /** A field's tag: number and wire type (0 varint, 1 fixed64, 2 length-delimited, 5 fixed32). */
  tag(field: number, wireType: number): void {
    this.varint32((field << 3) | wireType);
  }

  /** An unsigned varint of up to 32 bits. */
  varint32(value: number): void {
    this.reserve(5);
    const buffer = this.buffer;
    let position = this.position;
    let rest = value >>> 0;
    while (rest > 127) {
      buffer[position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    buffer[position++] = rest;
    this.position = position;
  }

  /** A varint of 64 bits, given as two unsigned halves. */
  varint64(low: number, high: number): void {
    this.reserve(10);
    let lo = low >>> 0;
    let hi = high >>> 0;
    while (hi !== 0) {
      this.buffer[this.position++] = (lo & 127) | 128;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    this.varint32(lo);
  }

  /** A varint of a signed or unsigned 64-bit value (two's complement). */
  varintBig(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.varint64(Number(bits & 0xffffffffn), Number(bits >> 32n));
  }

  /** Eight bytes, little-endian, from two halves. */
  fixed64(low: number, high: number): void {
    this.reserve(8);
    this.view.setInt32(this.position, low, true);
    this.view.setInt32(this.position + 4, high, true);
    this.position += 8;
  }

  double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** Bytes as they are, without tag or length. */
  raw(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const buffer = this.buffer;
    const position = this.position;
    // A loop beats the cost of a view and a native call for what is short.
    if (length < 48) for (let i = 0; i < length; i++) buffer[position + i] = bytes[start + i] as number;
    else buffer.set(bytes.subarray(start, end), position);
    this.position = position + length;
  }

  /** A length-delimited field of the given bytes. */
  bytesField(field: number, bytes: Uint8Array, start: number, end: number): void {
    this.tag(field, 2);
    this.varint32(end - start);
    this.raw(bytes, start, end);
  }

  /** A length-delimited field of UTF-8 text; lone surrogates become U+FFFD. */
  stringField(field: number, text: string): void {
    this.tag(field, 2);
    const length = text.length;
    if (length < 40) {
      this.reserve(length + 1);
      const at = this.position + 1;
      let i = 0;
      for (; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code > 127) break;
        this.buffer[at + i] = code;
      }
      if (i === length) {
        this.buffer[this.position] = length;
        this.position = at + length;
        return;
      }
    }
    const size = Buffer.byteLength(text);
    this.varint32(size);
    this.reserve(size);
    this.position += this.buffer.write(text, this.position, size, "utf8");
  }

  /** As {@link stringField}; empty text is left out, as proto3 has it. */
  textField(field: number, text: string): void {
    if (text.length > 0) this.stringField(field, text);
  }

  /** Opens a nested message; give the result to {@link end}. */
  begin(field: number): number {
    this.tag(field, 2);
    this.reserve(1);
    return this.position++;
  }

  /** Closes the message that {@link begin} opened at `mark`. */
  end(mark: number): void {
    const length = this.position - mark - 1;
    if (length < 128) {
      this.buffer[mark] = length;
      return;
    }
    let extra = 1;
    for (let rest = length >>> 14; rest > 0; rest >>>= 7) extra++;
    this.reserve(extra);
    this.buffer.copyWithin(mark + 1 + extra, mark + 1, this.position);
    const finish = this.position + extra;
    this.position = mark;
    this.varint32(length);
    this.position = finish;
  }
}
