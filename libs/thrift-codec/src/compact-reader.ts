import { ThriftError } from "./errors.ts";
import { endOfInput, ThriftReader } from "./reader.ts";
import { TYPE } from "./types.ts";

const PROTOCOL_ID = 0x82;
const VERSION = 1;
const BOOL_TRUE = 1;

/** Types of the compact protocol, in its own numbering, as those of the binary protocol. */
export const COMPACT_TYPES: readonly number[] = [
  TYPE.stop,
  TYPE.bool,
  TYPE.bool,
  TYPE.byte,
  TYPE.i16,
  TYPE.i32,
  TYPE.i64,
  TYPE.double,
  TYPE.string,
  TYPE.list,
  TYPE.set,
  TYPE.map,
  TYPE.struct,
];

/**
 * The compact protocol: varints, zigzag for signed numbers.
 *
 * ```
 * message  byte 0x82, byte type << 5 | 1, varint sequence, string name, struct
 * struct   (byte id delta << 4 | type [, zigzag id when the delta is 0], value)* 0x00
 * bool     as a field: in the type (1 true, 2 false); as an element: a byte
 * string   varint length, bytes
 * list     byte count << 4 | type [, varint count when the nibble is 15], values
 * map      varint count [, byte key type << 4 | value type, (key, value)* when not 0]
 * double   8 bytes, little-endian
 * ```
 */
export class CompactReader extends ThriftReader {
  #lastFieldId = 0;
  /** A bool field's value came with its header. */
  #pendingBool = -1;

  messageBegin(): void {
    const id = this.byte();
    if (id !== PROTOCOL_ID) throw new ThriftError("MALFORMED", `Expected protocol id 82 but got ${hex(id)}`);
    const versionAndType = this.byte();
    if ((versionAndType & 31) !== VERSION) {
      throw new ThriftError("MALFORMED", `Expected version 01 but got ${hex(versionAndType & 31)}`);
    }
    this.#varint();
    this.string();
  }

  structBegin(): number {
    const saved = this.#lastFieldId;
    this.#lastFieldId = 0;
    return saved;
  }

  structEnd(saved: number): void {
    this.#lastFieldId = saved;
  }

  fieldBegin(): number {
    this.fieldType = -1;
    const header = this.byte();
    const compactType = header & 15;
    if (compactType === TYPE.stop) {
      this.fieldType = TYPE.stop;
      return TYPE.stop;
    }
    const delta = header >> 4;
    const id = delta === 0 ? (this.i32() << 16) >> 16 : this.#lastFieldId + delta;
    this.fieldId = id;
    this.#lastFieldId = id;
    const type = typeOf(compactType);
    if (type === TYPE.bool) this.#pendingBool = compactType;
    this.fieldType = type;
    return type;
  }

  bool(): boolean {
    if (this.#pendingBool < 0) return this.byte() === BOOL_TRUE;
    const value = this.#pendingBool === BOOL_TRUE;
    this.#pendingBool = -1;
    return value;
  }

  i16(): number {
    return (this.i32() << 16) >> 16;
  }

  i32(): number {
    const value = this.#varint();
    return (value >>> 1) ^ -(value & 1);
  }

  i64(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.position >= this.end) throw endOfInput(0);
      const byte = this.buffer[this.position++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) break;
      if (shift >= 63) throw new ThriftError("MALFORMED", "variable-length int over 10 bytes.");
    }
    const sign = -(low & 1);
    this.low = ((low >>> 1) | (high << 31)) ^ sign;
    this.high = (high >>> 1) ^ sign;
  }

  double(): void {
    this.need(8);
    const at = this.position;
    this.low = wordLE(this.buffer, at);
    this.high = wordLE(this.buffer, at + 4);
    this.position = at + 8;
  }

  string(): void {
    this.takeString(this.#varint() | 0);
  }

  listBegin(): number {
    const header = this.byte();
    const short = header >> 4;
    this.elementType = typeOf(header & 15);
    return this.checkedCount(short === 15 ? this.#varint() | 0 : short);
  }

  mapBegin(): number {
    const count = this.#varint() | 0;
    if (count === 0) return 0;
    const types = this.byte();
    this.keyType = typeOf(types >> 4);
    this.elementType = typeOf(types & 15);
    return this.checkedCount(count);
  }

  /** An unsigned varint of 32 bits. */
  #varint(): number {
    const buffer = this.buffer;
    if (this.position >= this.end) throw endOfInput(0);
    let byte = buffer[this.position++] as number;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; shift < 70; shift += 7) {
      if (this.position >= this.end) throw endOfInput(0);
      byte = buffer[this.position++] as number;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new ThriftError("MALFORMED", "variable-length int over 10 bytes.");
  }
}

function typeOf(compactType: number): number {
  const type = COMPACT_TYPES[compactType];
  if (type === undefined) throw new ThriftError("MALFORMED", `don't know what type: ${compactType}`);
  return type;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function wordLE(buffer: Uint8Array, at: number): number {
  return (
    (buffer[at] as number) |
    ((buffer[at + 1] as number) << 8) |
    ((buffer[at + 2] as number) << 16) |
    ((buffer[at + 3] as number) << 24)
  );
}
