import { TYPE } from "./types.ts";
import { ThriftWriter } from "./writer.ts";

const VERSION_1 = 0x80010000;

/** Layout: see BinaryReader. Messages get the strict header. */
export class BinaryWriter extends ThriftWriter {
  messageBegin(name: string, type: number, sequence: number): void {
    this.i32(VERSION_1 | type);
    this.text(name);
    this.i32(sequence);
  }

  structBegin(): void {}

  structEnd(): void {
    this.byte(TYPE.stop);
  }

  field(id: number, type: number): void {
    this.byte(type);
    this.i16(id);
  }

  boolField(id: number, value: boolean): void {
    this.field(id, TYPE.bool);
    this.byte(value ? 1 : 0);
  }

  i16(value: number): void {
    this.byte(value >> 8);
    this.byte(value);
  }

  i32(value: number): void {
    this.out.reserve(4);
    this.out.position = this.out.buffer.writeInt32BE(value | 0, this.out.position);
  }

  i64(value: bigint): void {
    this.out.reserve(8);
    this.out.position = this.out.buffer.writeBigInt64BE(BigInt.asIntN(64, value), this.out.position);
  }

  double(value: number): void {
    this.out.reserve(8);
    this.out.position = this.out.buffer.writeDoubleBE(value, this.out.position);
  }

  bytes(value: Uint8Array): void {
    this.i32(value.length);
    this.out.raw(value, 0, value.length);
  }

  listBegin(elementType: number, count: number): void {
    this.byte(elementType);
    this.i32(count);
  }
}
