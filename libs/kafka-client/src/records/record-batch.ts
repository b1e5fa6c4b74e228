import { WireWriter } from "@spoor/span-wire";
import { COMPRESSION_ATTRIBUTES, type CompressionCodec } from "./compression.ts";
import { crc32c } from "./crc32c.ts";

/*
 * A record batch, the unit of Kafka's log (its format of version 2):
 *
 *   int64 base offset · int32 length of what follows · int32 leader epoch · int8 magic (2) · uint32 CRC-32C of what follows
 *   int16 attributes (low three bits: compression) · int32 last offset delta · int64 base timestamp · int64 max timestamp
 *   int64 producer id · int16 producer epoch · int32 base sequence · int32 count · records, compressed together
 *
 * A record, all numbers zigzag varints:
 *
 *   length of what follows · attributes (one byte, 0) · timestamp delta · offset delta · key length, key · value length, value
 *   · count of headers (0)
 */
export const BATCH_HEAD_BYTES = 61;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
/** Of attributes and the count of headers. */
const FIXED_RECORD_BYTES = 2;
/** Most that a record's own numbers take, beside key and value. */
export const MAX_RECORD_OVERHEAD_BYTES = 5 * 5 + FIXED_RECORD_BYTES;

/** Who the broker takes the batch from, so that it takes it once. */
export interface ProducerStamp {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

export const NO_STAMP: ProducerStamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1 };

/** Records on their way into one batch. Room for the head is kept in front of them. */
export class RecordBatchBuilder {
  readonly #writer: WireWriter;
  #count = 0;
  #baseTimestampMs = 0;
  #maxTimestampMs = 0;

  constructor(capacity: number) {
    this.#writer = new WireWriter(capacity);
    this.#writer.position = BATCH_HEAD_BYTES;
  }

  get count(): number {
    return this.#count;
  }

  /** With the head, not compressed. */
  get byteLength(): number {
    return this.#writer.position;
  }

  get capacity(): number {
    return this.#writer.buffer.length;
  }

  /**
   * Begins a record with the key `key[0, keyLength)`; the caller then writes exactly `valueLength` bytes with the writer it gets, and
   * calls {@link end}.
   */
  begin(key: Uint8Array, keyLength: number, valueLength: number, nowMs: number): WireWriter {
    const writer = this.#writer;
    if (this.#count === 0) {
      this.#baseTimestampMs = nowMs;
      this.#maxTimestampMs = nowMs;
    }
    if (nowMs > this.#maxTimestampMs) this.#maxTimestampMs = nowMs;
    const timestampDelta = zigzag(nowMs - this.#baseTimestampMs);
    const offsetDelta = zigzag(this.#count);
    const zigzagKey = zigzag(keyLength);
    const zigzagValue = zigzag(valueLength);
    const length =
      FIXED_RECORD_BYTES +
      varintLength(timestampDelta) +
      varintLength(offsetDelta) +
      varintLength(zigzagKey) +
      keyLength +
      varintLength(zigzagValue) +
      valueLength;
    writer.reserve(length + 5);
    writer.varint32(zigzag(length));
    writer.varint32(0);
    writer.varint32(timestampDelta);
    writer.varint32(offsetDelta);
    writer.varint32(zigzagKey);
    writer.raw(key, 0, keyLength);
    writer.varint32(zigzagValue);
    return writer;
  }

  end(): void {
    this.#writer.varint32(0);
    this.#count++;
  }

  /** The records, without the head; of use until the next record is begun. */
  records(): Buffer {
    return this.#writer.buffer.subarray(BATCH_HEAD_BYTES, this.#writer.position);
  }

  /** The whole batch, in place; of use until it is reset. */
  finish(stamp: ProducerStamp): Buffer {
    const batch = this.#writer.buffer.subarray(0, this.#writer.position);
    this.#writeHead(batch, 0, stamp);
    return batch;
  }

  /** The whole batch, of records that are compressed. */
  finishCompressed(compressed: Uint8Array, codec: CompressionCodec, stamp: ProducerStamp): Buffer {
    const batch = Buffer.allocUnsafe(BATCH_HEAD_BYTES + compressed.length);
    batch.set(compressed, BATCH_HEAD_BYTES);
    this.#writeHead(batch, COMPRESSION_ATTRIBUTES[codec], stamp);
    return batch;
  }

  reset(): void {
    this.#writer.position = BATCH_HEAD_BYTES;
    this.#count = 0;
  }

  #writeHead(batch: Buffer, attributes: number, stamp: ProducerStamp): void {
    batch.fill(0, 0, 8);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt32BE(-1, 12);
    batch[16] = 2;
    batch.writeInt16BE(attributes, ATTRIBUTES_AT);
    batch.writeInt32BE(this.#count - 1, 23);
    batch.writeBigInt64BE(BigInt(this.#baseTimestampMs), 27);
    batch.writeBigInt64BE(BigInt(this.#maxTimestampMs), 35);
    batch.writeBigInt64BE(stamp.producerId, 43);
    batch.writeInt16BE(stamp.producerEpoch, 51);
    batch.writeInt32BE(stamp.baseSequence, 53);
    batch.writeInt32BE(this.#count, 57);
    batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT), CRC_AT);
  }
}

/** A record as places in the bytes it came in. */
export interface RecordPlaces {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Walks records that a {@link RecordBatchBuilder} wrote. */
export function* walkRecords(records: Uint8Array): Generator<RecordPlaces> {
  let at = 0;
  const read = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = records[at++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return (value >>> 1) ^ -(value & 1);
    }
  };
  while (at < records.length) {
    const length = read();
    const end = at + length;
    at++;
    read();
    read();
    const keyLength = read();
    const keyStart = at;
    at += keyLength;
    const valueLength = read();
    const valueStart = at;
    yield { keyStart, keyEnd: keyStart + keyLength, valueStart, valueEnd: valueStart + valueLength };
    at = end;
  }
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}
