import { COMPACT_TYPES } from "./compact-reader.ts";
import { TYPE } from "./types.ts";
import { ThriftWriter } from "./writer.ts";

const PROTOCOL_ID = 0x82;
const VERSION = 1;
const BOOL_TRUE = 1;
const BOOL_FALSE = 2;

/** Layout: see CompactReader. */
export class CompactWriter extends ThriftWriter {
  #lastFieldId = 0;
  readonly #outerFieldIds: number[] = [];

  messageBegin(name: string, type: number, sequence: number): void {
    this.byte(PROTOCOL_ID);
    this.byte((type << 5) | VERSION);
    this.out.varint32(sequence);
    this.text(name);
  }

  structBegin(): void {
    this.#outerFieldIds.push(this.#lastFieldId);
    this.#lastFieldId = 0;
  }

  structEnd(): void {
    this.byte(TYPE.stop);
    this.#lastFieldId = this.#outerFieldIds.pop() ?? 0;
  }

  field(id: number, type: number): void {
    this.#header(id, compactTypeOf(type));
  }

  boolField(id: number, value: boolean): void {
    this.#header(id, value ? BOOL_TRUE : BOOL_FALSE);
  }

  i16(value: number): void {
    this.i32(value);
  }

  i32(value: number): void {
    this.out.varint32((value << 1) ^ (value >> 31));
  }

  i64(value: bigint): void {
    const signed = BigInt.asIntN(64, value);
    this.out.varintBig((signed << 1n) ^ (signed >> 63n));
  }

  double(value: number): void {
    this.out.double(value);
  }

  bytes(value: Uint8Array): void {
    this.out.varint32(value.length);
    this.out.raw(value, 0, value.length);
  }

  listBegin(elementType: number, count: number): void {
    const type = compactTypeOf(elementType);
    if (count < 15) this.byte((count << 4) | type);
    else {
      this.byte(0xf0 | type);
      this.out.varint32(count);
    }
  }

  #header(id: number, compactType: number): void {
    const delta = id - this.#lastFieldId;
    if (delta > 0 && delta < 16) this.byte((delta << 4) | compactType);
    else {
      this.byte(compactType);
      this.i16(id);
    }
    this.#lastFieldId = id;
  }
}

function compactTypeOf(type: number): number {
  return COMPACT_TYPES.indexOf(type);
}
