import type { EncodedSpan } from "@spoor/span-wire";

const TRACE_ID_BYTES = 16;
/** Two digits for each byte. */
const DIGITS = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0")).join(""));

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The key of a span's message and its partition, as v1's: the trace id as lower-case hex, 16 digits when its high half is zero, else 32;
 * partitioned by Sarama's hash partitioner. Spans of one trace usually follow one another, so the last key is kept.
 */
export class MessageKey {
  /** The key is `bytes[0, length)`. */
  readonly bytes: Uint8Array = new Uint8Array(2 * TRACE_ID_BYTES);
  length = 0;
  readonly #traceId = new Uint8Array(TRACE_ID_BYTES);
  #hash = 0;

  read(span: EncodedSpan): void {
    const { buffer, traceIdStart } = span;
    if (this.length > 0 && this.#isTraceId(buffer, traceIdStart)) return;
    let isShort = true;
    for (let i = 0; i < TRACE_ID_BYTES; i++) {
      const byte = buffer[traceIdStart + i] as number;
      this.#traceId[i] = byte;
      if (i < TRACE_ID_BYTES / 2 && byte !== 0) isShort = false;
    }
    let length = 0;
    for (let i = isShort ? TRACE_ID_BYTES / 2 : 0; i < TRACE_ID_BYTES; i++) {
      const byte = this.#traceId[i] as number;
      this.bytes[length++] = DIGITS[byte * 2] as number;
      this.bytes[length++] = DIGITS[byte * 2 + 1] as number;
    }
    this.length = length;
    this.#hash = fnv1a(this.bytes, length);
  }

  /** Of `count` partitions. */
  partition(count: number): number {
    return hashPartition(this.#hash, count);
  }

  #isTraceId(buffer: Uint8Array, start: number): boolean {
    for (let i = TRACE_ID_BYTES - 1; i >= 0; i--) if (buffer[start + i] !== this.#traceId[i]) return false;
    return true;
  }
}

/** 32-bit FNV-1a of `bytes[0, length)`, signed. */
export function fnv1a(bytes: Uint8Array, length: number): number {
  let hash = FNV_OFFSET | 0;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[i] as number), FNV_PRIME);
  return hash;
}

/** Sarama's `NewHashPartitioner`: the hash as an int32, modulo the partitions, its sign dropped. */
export function hashPartition(hash: number, count: number): number {
  return Math.abs(hash % count);
}
