const INITIAL_BYTES = 4096;

/**
 * Builds a value of a CQL column in the native protocol's form (native_protocol_v4.spec, section 6), of which the driver takes any as it is. The
 * protocol's lengths are 32-bit integers, -1 for null.
 */
export class CqlWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  /** The bytes written since the last call, copied. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.#length);
    this.#buffer.copy(taken, 0, 0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Leaves room for a length that {@link end} fills in. */
  begin(): number {
    this.#reserve(4);
    this.#length += 4;
    return this.#length;
  }

  end(begun: number): void {
    this.#buffer.writeInt32BE(this.#length - begun, begun - 4);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  null(): void {
    this.int32(-1);
  }

  text(value: string): void {
    this.#reserve(4 + value.length * 3);
    const written = this.#buffer.write(value, this.#length + 4);
    this.#buffer.writeInt32BE(written, this.#length);
    this.#length += 4 + written;
  }

  bool(value: boolean): void {
    this.#reserve(5);
    this.#length = this.#buffer.writeInt32BE(1, this.#length);
    this.#buffer[this.#length++] = value ? 1 : 0;
  }

  bigint(value: bigint): void {
    this.#reserve(12);
    this.#length = this.#buffer.writeInt32BE(8, this.#length);
    this.#length = this.#buffer.writeBigInt64BE(BigInt.asIntN(64, value), this.#length);
  }

  double(value: number): void {
    this.#reserve(12);
    this.#length = this.#buffer.writeInt32BE(8, this.#length);
    this.#length = this.#buffer.writeDoubleBE(value, this.#length);
  }

  blob(value: Uint8Array): void {
    this.#reserve(4 + value.length);
    this.#length = this.#buffer.writeInt32BE(value.length, this.#length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

export function bigintValue(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  return bytes;
}

export function intValue(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function textValue(value: string): Buffer {
  return Buffer.from(value);
}
