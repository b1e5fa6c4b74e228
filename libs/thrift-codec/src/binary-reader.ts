import { ThriftError } from "./errors.ts";
import { ThriftReader } from "./reader.ts";
import { TYPE } from "./types.ts";

const VERSION_1 = 0x8001;

/**
 * The binary protocol: big-endian numbers of fixed width.
 *
 * ```
 * message  strict:     i32 0x80010000 | type, string name, i32 sequence, struct
 *          non-strict: string name, byte type, i32 sequence, struct
 * struct   (byte type, i16 id, value)* 0x00
 * string   i32 length, bytes
 * list     byte type, i32 count, values
 * map      byte key type, byte value type, i32 count, (key, value)*
 * ```
 */
export class BinaryReader extends ThriftReader {
  messageBegin(): void {
    const first = this.i32();
    if (first >= 0) {
      this.takeString(first);
      this.byte();
    } else {
      if (first >>> 16 !== VERSION_1) throw new ThriftError("MALFORMED", "Bad version in ReadMessageBegin");
      this.string();
    }
    const { stringStart, stringEnd } = this;
    this.i32();
    this.stringStart = stringStart;
    this.stringEnd = stringEnd;
  }

  structBegin(): number {
    return 0;
  }

  structEnd(): void {}

  fieldBegin(): number {
    this.fieldType = -1;
    const type = this.byte();
    if (type !== TYPE.stop) this.fieldId = this.i16();
    this.fieldType = type;
    return type;
  }

  bool(): boolean {
    return this.byte() === 1;
  }

  i16(): number {
    this.need(2);
    const at = this.position;
    this.position = at + 2;
    return (((this.buffer[at] as number) << 24) >> 16) | (this.buffer[at + 1] as number);
  }

  i32(): number {
    this.need(4);
    const at = this.position;
    this.position = at + 4;
    return word(this.buffer, at);
  }

  i64(): void {
    this.need(8);
    const at = this.position;
    this.high = word(this.buffer, at);
    this.low = word(this.buffer, at + 4);
    this.position = at + 8;
  }

  double(): void {
    this.i64();
  }

  string(): void {
    this.takeString(this.i32());
  }

  listBegin(): number {
    this.elementType = this.byte();
    return this.checkedCount(this.i32());
  }

  mapBegin(): number {
    this.keyType = this.byte();
    this.elementType = this.byte();
    return this.checkedCount(this.i32());
  }
}

function word(buffer: Uint8Array, at: number): number {
  return (
    ((buffer[at] as number) << 24) |
    ((buffer[at + 1] as number) << 16) |
    ((buffer[at + 2] as number) << 8) |
    (buffer[at + 3] as number)
  );
}
