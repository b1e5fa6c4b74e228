import { ThriftError } from "./errors.ts";
import { MAX_MESSAGE_SIZE, MAX_NESTING } from "./limits.ts";
import { TYPE } from "./types.ts";

/**
 * Walks Thrift in `buffer[position, end)` without allocating: methods that read a value larger than a number leave it in
 * fields. Declared sizes are checked against the bytes left. The texts of errors are those of Go's library.
 */
export abstract class ThriftReader {
  readonly buffer: Uint8Array;
  position: number;
  readonly end: number;

  /** What {@link fieldBegin} found; {@link fieldType} is -1 while it reads. */
  fieldType = 0;
  fieldId = 0;
  /** Halves of the last {@link i64}, or of the bits of the last {@link double}. */
  low = 0;
  high = 0;
  /** Place of the last {@link string}. */
  stringStart = 0;
  stringEnd = 0;
  /** Types of the elements of the last list, set or map begun. */
  elementType = 0;
  keyType = 0;

  constructor(buffer: Uint8Array, position: number, end: number) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  /** Reads a message's name into the string place; the type and sequence number do not matter to us. */
  abstract messageBegin(): void;
  /** Gives what {@link structEnd} needs. */
  abstract structBegin(): number;
  abstract structEnd(saved: number): void;
  /** The type of the next field, `TYPE.stop` at the struct's end. */
  abstract fieldBegin(): number;
  abstract bool(): boolean;
  abstract i16(): number;
  abstract i32(): number;
  abstract i64(): void;
  abstract double(): void;
  abstract string(): void;
  /** The count of a list or set. */
  abstract listBegin(): number;
  abstract mapBegin(): number;

  byte(): number {
    if (this.position >= this.end) throw endOfInput(0);
    return this.buffer[this.position++] as number;
  }

  i64AsBigInt(): bigint {
    this.i64();
    return (BigInt(this.high | 0) << 32n) | BigInt(this.low >>> 0);
  }

  stringBytes(): Uint8Array {
    this.string();
    return new Uint8Array(this.buffer.subarray(this.stringStart, this.stringEnd));
  }

  /** Steps over a value. */
  skip(type: number, depth: number = 0): void {
    if (depth >= MAX_NESTING) throw new ThriftError("LIMIT_EXCEEDED", "Depth limit exceeded");
    switch (type) {
      case TYPE.bool:
        this.bool();
        return;
      case TYPE.byte:
        this.byte();
        return;
      case TYPE.i16:
        this.i16();
        return;
      case TYPE.i32:
        this.i32();
        return;
      case TYPE.i64:
        this.i64();
        return;
      case TYPE.double:
        this.double();
        return;
      case TYPE.string:
        this.string();
        return;
      case TYPE.struct: {
        const saved = this.structBegin();
        for (let field = this.fieldBegin(); field !== TYPE.stop; field = this.fieldBegin()) this.skip(field, depth + 1);
        this.structEnd(saved);
        return;
      }
      case TYPE.list:
      case TYPE.set: {
        const count = this.listBegin();
        const elementType = this.elementType;
        for (let i = 0; i < count; i++) this.skip(elementType, depth + 1);
        return;
      }
      case TYPE.map: {
        const count = this.mapBegin();
        const { keyType, elementType } = this;
        for (let i = 0; i < count; i++) {
          this.skip(keyType, depth + 1);
          this.skip(elementType, depth + 1);
        }
        return;
      }
      default:
        throw new ThriftError("MALFORMED", `Unknown data type ${type}`);
    }
  }

  /** Checks a count of elements: each takes a byte at least. */
  protected checkedCount(count: number): number {
    if (count < 0) throw new ThriftError("MALFORMED", `negative size: ${count}`);
    if (count > this.end - this.position) throw sizeExceeded(count);
    return count;
  }

  /** Sets the string place to `length` bytes from here and steps over them. */
  protected takeString(length: number): void {
    if (length < 0) throw new ThriftError("MALFORMED", `negative size: ${length}`);
    const left = this.end - this.position;
    if (length > left) {
      if (length > MAX_MESSAGE_SIZE) throw sizeExceeded(length);
      throw endOfInput(left);
    }
    this.stringStart = this.position;
    this.position += length;
    this.stringEnd = this.position;
  }

  protected need(bytes: number): void {
    if (bytes > this.end - this.position) throw endOfInput(this.end - this.position);
  }
}

function sizeExceeded(size: number): ThriftError {
  return new ThriftError("LIMIT_EXCEEDED", `size exceeded max allowed: ${size}`);
}

/** Go tells an end between values from one inside a value. */
export function endOfInput(bytesLeft: number): ThriftError {
  return new ThriftError("MALFORMED", bytesLeft > 0 ? "unexpected EOF" : "EOF");
}
