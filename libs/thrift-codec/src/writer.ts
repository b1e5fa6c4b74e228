import { WireWriter } from "@spoor/span-wire";

/** Writes Thrift into one growing buffer. Field ids of a struct must ascend in the compact protocol's interest, not by need. */
export abstract class ThriftWriter {
  /** Only its raw bytes, buffer growth and varints are used. */
  protected readonly out: WireWriter = new WireWriter(1024);

  abstract messageBegin(name: string, type: number, sequence: number): void;
  abstract structBegin(): void;
  abstract structEnd(): void;
  /** Begins a field; a bool's value comes through {@link boolField} instead. */
  abstract field(id: number, type: number): void;
  abstract boolField(id: number, value: boolean): void;
  abstract i16(value: number): void;
  abstract i32(value: number): void;
  abstract i64(value: bigint): void;
  abstract double(value: number): void;
  abstract bytes(value: Uint8Array): void;
  abstract listBegin(elementType: number, count: number): void;

  text(value: string): void {
    this.bytes(Buffer.from(value, "utf8"));
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.out.finish();
  }

  protected byte(value: number): void {
    this.out.reserve(1);
    this.out.buffer[this.out.position++] = value;
  }
}
