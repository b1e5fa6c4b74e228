import type { WireWriter } from "@spoor/span-wire";
import { TopicCluster } from "../cluster/topic-cluster.ts";
import { KafkaError } from "../errors.ts";
import { type Compress, createCompress } from "../records/compression.ts";
import { untilAborted } from "../until-aborted.ts";
import { Backlog } from "./backlog.ts";
import type { Batch } from "./batch.ts";
import { BatchLimit } from "./batch-limit.ts";
import { Delivery } from "./delivery.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { PartitionQueue } from "./partition-queue.ts";
import type { ProducerOptions } from "./producer-options.ts";

/**
 * Connects to the topic; rejects with a {@link KafkaError} that names the flag to look at, or with the signal's reason. It may wait for a
 * minute where a partition has no leader.
 */
export async function openProducer(options: ProducerOptions, signal?: AbortSignal): Promise<Producer> {
  signal?.throwIfAborted();
  const { compression, compressionLevel, connection, topic, topicPatienceMs } = options;
  const compress = compression === "none" ? undefined : await createCompress(compression, compressionLevel);
  const cluster = new TopicCluster(connection, topic, topicPatienceMs);
  try {
    await cluster.connect(signal);
    const limit = new BatchLimit(cluster, options.maxMessageBytes);
    await untilAborted(limit.refresh(), signal);
    return new Producer(options, cluster, limit, compress);
  } catch (error) {
    const closing = cluster.close();
    if (signal?.aborted) {
      // A connection closes when its last request is answered, or times out: who wants to stop does not wait for that.
      closing.catch(() => {});
      throw signal.reason;
    }
    await closing;
    throw error;
  }
}

/**
 * Sends records to one topic. Those that come while others are under way gather in a batch for each partition, one batch of a partition
 * being under way at a time, so that a batch that is sent again cannot overtake another. With acknowledgement by all replicas, batches
 * carry a producer id and sequence numbers, by which the broker takes each once.
 *
 * ```ts
 * const delivery = producer.deliver(onRecords);
 * const value = producer.begin(delivery, partition, key, key.length, valueLength, Date.now());
 * value.raw(…);
 * producer.end();
 * delivery.complete();
 * await delivery.settled;
 * ```
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #cluster: TopicCluster;
  readonly #limit: BatchLimit;
  readonly #backlog = new Backlog();
  readonly #dispatcher: Dispatcher;
  #isClosing = false;
  #current: { readonly queue: PartitionQueue; readonly batch: Batch; readonly delivery: Delivery } | undefined;
  #byteLengthBefore = 0;

  constructor(options: ProducerOptions, cluster: TopicCluster, limit: BatchLimit, compress: Compress | undefined) {
    this.#options = options;
    this.#cluster = cluster;
    this.#limit = limit;
    this.#dispatcher = new Dispatcher(cluster, this.#backlog, limit, compress, options);
  }

  get partitionCount(): number {
    return this.#cluster.partitionCount;
  }

  /** Key and value of a record may have this many bytes together. */
  get maxRecordBytes(): number {
    return this.#limit.recordBytes;
  }

  get bufferedBytes(): number {
    return this.#backlog.bytes;
  }

  /** Asks the brokers for the topic; rejects with a KafkaError when none answers, or it is not there. */
  check(): Promise<void> {
    return this.#cluster.refresh();
  }

  /** Begins the records of one call; throws `FULL` when too much waits already, and `CLOSED`. */
  deliver(onRecords: (count: number, error: KafkaError | undefined) => void): Delivery {
    if (this.#isClosing) throw new KafkaError("CLOSED", "the producer was closed");
    const { bytes } = this.#backlog;
    if (bytes >= this.#options.maxBufferedBytes) {
      const at = this.#cluster.target.brokers.join(",");
      throw new KafkaError("FULL", `${bytes} bytes wait for Kafka at ${at}; no more may`);
    }
    return new Delivery(onRecords);
  }

  /**
   * Begins a record of `delivery` with the key `key[0, keyLength)`; the caller writes exactly `valueLength` bytes of value with the
   * writer it gets, then calls {@link end}. The record must not be larger than {@link maxRecordBytes}.
   */
  begin(
    delivery: Delivery,
    partition: number,
    key: Uint8Array,
    keyLength: number,
    valueLength: number,
    nowMs: number,
  ): WireWriter {
    const queue = this.#backlog.queueOf(partition);
    const batch = queue.batchFor(keyLength, valueLength, this.#limit.bytes, this.#options.batchMaxRecords);
    if (batch.builder.count === 0) {
      batch.openedMs = nowMs;
      batch.deadlineMs = nowMs + this.#options.deliveryTimeoutMs;
    }
    this.#byteLengthBefore = batch.builder.byteLength;
    this.#current = { queue, batch, delivery };
    return batch.builder.begin(key, keyLength, valueLength, nowMs);
  }

  end(): void {
    const current = this.#current;
    if (current === undefined) return;
    const { queue, batch, delivery } = current;
    batch.builder.end();
    batch.own(delivery);
    this.#backlog.recordAdded(batch.builder.byteLength - this.#byteLengthBefore);
    const { batchBytes, batchMinRecords, lingerMs } = this.#options;
    const isDue =
      lingerMs === 0 ||
      (batchBytes > 0 && batch.builder.byteLength >= batchBytes) ||
      (batchMinRecords > 0 && batch.builder.count >= batchMinRecords);
    if (isDue) queue.isDue = true;
    this.#dispatcher.wakeAt(isDue || queue.hasSealed ? 0 : batch.openedMs + lingerMs);
  }

  /** Sends what waits and resolves when nothing is left; what cannot be delivered in its time is rejected then. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#dispatcher.drain();
    this.#dispatcher.stop();
    await this.#cluster.close();
  }
}
