import { type Delivery, KafkaError, type Producer, untilAborted } from "@spoor/kafka-client";
import type { EncodedSpan, SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError, type WriteOptions } from "@spoor/storage-api";
import { storageError } from "./errors.ts";
import { createEncoder, type Encoding, type MessageEncoder } from "./message/encoder.ts";
import { MessageKey } from "./message/message-key.ts";
import type { KafkaMetrics } from "./metrics.ts";

/** What becomes of a span that is larger than a message may be. */
export type OversizePolicy =
  /** Its longest values are cut; see `shrinkSpan`. */
  | "truncate"
  /** Its write is rejected. */
  | "refuse";

export interface KafkaWriterOptions {
  readonly producer: Producer;
  readonly encoding: Encoding;
  readonly oversize: OversizePolicy;
  readonly metrics: KafkaMetrics;
}

/** One message a span. A write resolves when the broker has all its messages. */
export class KafkaSpanWriter implements SpanWriter {
  readonly #producer: Producer;
  readonly #encoder: MessageEncoder;
  readonly #oversize: OversizePolicy;
  readonly #metrics: KafkaMetrics;
  readonly #key = new MessageKey();
  readonly #onRecords: (count: number, error: KafkaError | undefined) => void;

  constructor({ producer, encoding, oversize, metrics }: KafkaWriterOptions) {
    this.#producer = producer;
    this.#encoder = createEncoder(encoding);
    this.#oversize = oversize;
    this.#metrics = metrics;
    this.#onRecords = (count, error) => {
      if (error === undefined) metrics.written(count);
      else metrics.failed(count);
    };
  }

  async write(batch: SpanBatch, options: WriteOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (batch.spans.length === 0) return;
    let delivery: Delivery;
    try {
      delivery = this.#producer.deliver(this.#onRecords);
    } catch (error) {
      this.#metrics.failed(batch.spans.length);
      throw storageError(error);
    }
    const nowMs = Date.now();
    for (const span of batch.spans) this.#append(delivery, span, batch.commonFields, nowMs);
    delivery.complete();
    try {
      await untilAborted(delivery.settled, options.signal);
    } catch (error) {
      throw error instanceof KafkaError ? storageError(error) : error;
    }
  }

  #append(delivery: Delivery, span: EncodedSpan, commonFields: Uint8Array, nowMs: number): void {
    const producer = this.#producer;
    const encoder = this.#encoder;
    const key = this.#key;
    key.read(span);
    const maxBytes = producer.maxRecordBytes - key.length;
    let length = encoder.measure(span, commonFields);
    if (length > maxBytes) {
      const cut = this.#oversize === "truncate" ? encoder.measureCut(span, commonFields, maxBytes) : undefined;
      if (cut === undefined) {
        const text = `a span of ${length} bytes does not fit into a message: ${maxBytes} do (--kafka.producer.max-message-bytes, --kafka.producer.oversized-spans)`;
        delivery.fail(new KafkaError("TOO_LARGE", text));
        this.#metrics.failed(1);
        return;
      }
      this.#metrics.truncated();
      length = cut;
    }
    const partition = key.partition(producer.partitionCount);
    encoder.write(producer.begin(delivery, partition, key.bytes, key.length, length, nowMs));
    producer.end();
  }
}

/** Reading is what the ingester's store is for. */
export function writeOnly(): StorageError {
  return new StorageError(
    "UNSUPPORTED_QUERY",
    "kafka storage is write-only: an ingester moves its spans to a store that can be read",
  );
}
