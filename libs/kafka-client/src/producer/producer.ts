import type { WireWriter } from "@spoor/span-wire";
import type { BaseLogger } from "pino";
import { forbidden, topicMissing } from "../cluster/cluster-error.ts";
import type { Acks, PartitionRecords } from "../cluster/produce-protocol.ts";
import { type ProducerId, TopicCluster } from "../cluster/topic-cluster.ts";
import { KafkaError } from "../errors.ts";
import type { KafkaConnectionOptions } from "../options.ts";
import { type Compress, type Compression, createCompress } from "../records/compression.ts";
import { BATCH_HEAD_BYTES, MAX_RECORD_OVERHEAD_BYTES, NO_STAMP, type ProducerStamp } from "../records/record-batch.ts";
import type { Batch } from "./batch.ts";
import { Delivery } from "./delivery.ts";
import { verdictOf } from "./error-codes.ts";
import { PartitionQueue } from "./partition-queue.ts";

export interface ProducerOptions {
  readonly connection: KafkaConnectionOptions;
  readonly topic: string;
  readonly acks: Acks;
  readonly compression: Compression;
  /** 0 is the codec's default. */
  readonly compressionLevel: number;
  /** How long a record waits for others to go with it. */
  readonly lingerMs: number;
  /** Bytes in a batch that send it before its time; 0 waits. */
  readonly batchBytes: number;
  /** Records in a batch that send it before its time; 0 waits. */
  readonly batchMinRecords: number;
  /** Records that a batch may have; 0 means any number. */
  readonly batchMaxRecords: number;
  /** Bytes that a batch, and so a record, may have before it is compressed. The topic's own limit counts too. */
  readonly maxMessageBytes: number;
  /** Bytes that may wait for the broker. */
  readonly maxBufferedBytes: number;
  /** How long a record is tried; then its call is rejected. */
  readonly deliveryTimeoutMs: number;
}

/** Bytes in one request to a broker; at least one batch goes, however large. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1000;
const REFRESH_EVERY_MS = 60_000;
const MAX_SEQUENCE = 0x7fffffff;

/** Connects to the topic; rejects with a {@link KafkaError} that names the flag to look at. */
export async function openProducer(options: ProducerOptions): Promise<Producer> {
  const { compression, compressionLevel, connection, topic } = options;
  const compress = compression === "none" ? undefined : await createCompress(compression, compressionLevel);
  const cluster = new TopicCluster(connection, topic);
  try {
    await cluster.connect();
    const ofTopic = await cluster.maxMessageBytes();
    const maxMessageBytes = Math.min(options.maxMessageBytes, ofTopic ?? options.maxMessageBytes);
    return new Producer({ ...options, maxMessageBytes }, cluster, compress);
  } catch (error) {
    await cluster.close();
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
 * const value = producer.begin(delivery, partition, key, key.length, valueLength);
 * value.raw(…);
 * producer.end();
 * delivery.complete();
 * await delivery.settled;
 * ```
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #cluster: TopicCluster;
  readonly #compress: Compress | undefined;
  readonly #logger: BaseLogger;
  readonly #queues: PartitionQueue[] = [];
  readonly #busyNodes = new Set<number>();
  #maxMessageBytes: number;
  #bufferedBytes = 0;
  #records = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  readonly #refreshTimer: NodeJS.Timeout;
  #isPumping = false;
  #isClosing = false;
  #waiting: (() => void)[] = [];
  #usesProducerId: boolean;
  #producerId: ProducerId | undefined;
  #producerIdComing: Promise<ProducerId> | undefined;
  /** Counts producer ids. */
  #generation = 0;
  #current: { readonly queue: PartitionQueue; readonly batch: Batch; readonly delivery: Delivery } | undefined;
  #byteLengthBefore = 0;

  constructor(options: ProducerOptions, cluster: TopicCluster, compress: Compress | undefined) {
    this.#options = options;
    this.#cluster = cluster;
    this.#compress = compress;
    this.#logger = options.connection.logger;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#usesProducerId = options.acks === -1;
    this.#refreshTimer = setInterval(() => {
      this.#cluster.refresh().catch((error) => this.#logger.debug({ err: error }, "Kafka metadata are old"));
    }, REFRESH_EVERY_MS);
    this.#refreshTimer.unref();
  }

  get partitionCount(): number {
    return this.#cluster.partitionCount;
  }

  /** Key and value of a record may have this many bytes together. */
  get maxRecordBytes(): number {
    return this.#maxMessageBytes - BATCH_HEAD_BYTES - MAX_RECORD_OVERHEAD_BYTES;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Asks the brokers for the topic; rejects with a KafkaError when none answers, or it is not there. */
  check(): Promise<void> {
    return this.#cluster.refresh();
  }

  /** Begins the records of one call; throws `FULL` when too much waits already, and `CLOSED`. */
  deliver(onRecords: (count: number, error: KafkaError | undefined) => void): Delivery {
    if (this.#isClosing) throw new KafkaError("CLOSED", "the producer was closed");
    if (this.#bufferedBytes >= this.#options.maxBufferedBytes) {
      throw new KafkaError(
        "FULL",
        `${this.#bufferedBytes} bytes wait for Kafka at ${this.#cluster.target.brokers.join(",")}; no more may`,
      );
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
    const queue = this.#queueOf(partition);
    const batch = queue.batchFor(keyLength, valueLength, this.#maxMessageBytes, this.#options.batchMaxRecords);
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
    this.#bufferedBytes += batch.builder.byteLength - this.#byteLengthBefore;
    this.#records++;
    const { batchBytes, batchMinRecords, lingerMs } = this.#options;
    const isDue =
      lingerMs === 0 ||
      (batchBytes > 0 && batch.builder.byteLength >= batchBytes) ||
      (batchMinRecords > 0 && batch.builder.count >= batchMinRecords);
    if (isDue) queue.isDue = true;
    this.#wakeAt(isDue || queue.hasSealed ? 0 : batch.openedMs + lingerMs);
  }

  /** Sends what waits and resolves when nothing is left; what cannot be delivered in its time is rejected then. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#records > 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#wakeAt(0);
      });
    }
    clearTimeout(this.#timer);
    clearInterval(this.#refreshTimer);
    await this.#cluster.close();
  }

  #queueOf(partition: number): PartitionQueue {
    let queue = this.#queues[partition];
    if (queue === undefined) {
      queue = new PartitionQueue(partition);
      this.#queues[partition] = queue;
    }
    return queue;
  }

  /** Has {@link #pump} run at this time, or now for 0; the earliest counts. */
  #wakeAt(atMs: number): void {
    if (atMs >= this.#timerAtMs || this.#isPumping) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => this.#pump(), Math.max(0, atMs - Date.now()));
  }

  /** Sends to every leader that has nothing under way what is due for it. */
  #pump(): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#isPumping = true;
    const nowMs = Date.now();
    const { lingerMs } = this.#options;
    const byNode = new Map<number, { queues: PartitionQueue[]; bytes: number }>();
    let nextMs = Number.POSITIVE_INFINITY;
    let needsLeaders = false;
    // Whom a full request leaves out comes first the next time.
    const offset = this.#queues.length === 0 ? 0 : Math.floor(Math.random() * this.#queues.length);
    for (let i = 0; i < this.#queues.length; i++) {
      const queue = this.#queues[(i + offset) % this.#queues.length];
      if (queue === undefined || queue.sending !== undefined) continue;
      for (const batch of queue.takeExpired(nowMs)) this.#giveUp(batch);
      const head = queue.head(nowMs, this.#isClosing ? 0 : lingerMs);
      if (head === undefined) {
        nextMs = Math.min(nextMs, queue.nextMs(lingerMs));
        continue;
      }
      const nodeId = this.#cluster.leaderOf(queue.partition);
      if (nodeId === undefined) {
        needsLeaders = true;
        continue;
      }
      if (this.#busyNodes.has(nodeId)) {
        // Looked at again when the node has answered, but for its time limit.
        nextMs = Math.min(nextMs, head.deadlineMs);
        continue;
      }
      const request = byNode.get(nodeId) ?? { queues: [], bytes: 0 };
      if (request.queues.length > 0 && request.bytes + head.builder.byteLength > MAX_REQUEST_BYTES) continue;
      request.queues.push(queue);
      request.bytes += head.builder.byteLength;
      byNode.set(nodeId, request);
    }
    for (const [nodeId, { queues }] of byNode)
      void this.#send(
        nodeId,
        queues.map((queue) => queue.startSending()),
      );
    this.#isPumping = false;
    if (needsLeaders) {
      this.#findLeaders();
      nextMs = Math.min(nextMs, nowMs + MAX_BACKOFF_MS);
    }
    if (this.#records === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    else if (nextMs !== Number.POSITIVE_INFINITY) this.#wakeAt(nextMs);
  }

  async #send(nodeId: number, batches: readonly Batch[]): Promise<void> {
    this.#busyNodes.add(nodeId);
    let areSent = false;
    try {
      const id = this.#usesProducerId ? await this.#currentProducerId() : undefined;
      const partitions: PartitionRecords[] = [];
      for (const batch of batches) {
        const queue = this.#queueOf(batch.partition);
        if (queue.generation !== this.#generation) queue.restart(this.#generation);
        batch.generation = this.#generation;
        const stamp =
          id === undefined
            ? NO_STAMP
            : { producerId: id.id, producerEpoch: id.epoch, baseSequence: queue.nextSequence };
        partitions.push({ partition: batch.partition, batch: await this.#encode(batch, stamp) });
      }
      areSent = true;
      const timeoutMs = this.#options.deliveryTimeoutMs;
      const results = await this.#cluster.produce(nodeId, { acks: this.#options.acks, timeoutMs, partitions });
      for (const batch of batches) {
        const result = results.find(({ partition }) => partition === batch.partition);
        if (result === undefined) throw new KafkaError("UNREACHABLE", "the broker's answer lacks a partition");
        this.#settle(batch, result.error);
      }
    } catch (error) {
      const failure =
        error instanceof KafkaError ? error : new KafkaError("UNAVAILABLE", String(error), { cause: error });
      for (const batch of batches) {
        const queue = this.#queueOf(batch.partition);
        if (queue.sending !== batch) continue;
        if (areSent) batch.mayBeTaken = true;
        if (failure.retryable) this.#tryAgain(batch, failure);
        else this.#fail(batch, failure);
      }
      this.#findLeaders();
    } finally {
      this.#busyNodes.delete(nodeId);
      this.#pump();
    }
  }

  async #encode(batch: Batch, stamp: ProducerStamp): Promise<Buffer> {
    const { compression } = this.#options;
    if (this.#compress === undefined || compression === "none") return batch.builder.finish(stamp);
    batch.compressed ??= await this.#compress(batch.builder.records());
    return batch.builder.finishCompressed(batch.compressed, compression, stamp);
  }

  #settle(batch: Batch, code: number): void {
    const { name, verdict } = verdictOf(code);
    const { target } = this.#cluster;
    const unavailable = () =>
      new KafkaError("UNAVAILABLE", `Kafka at ${target.brokers.join(",")} does not take records: ${name}`);
    switch (verdict) {
      case "taken":
        this.#take(batch);
        break;
      case "try-again":
        // "Timed out", and "too few replicas after the append": the leader has the batch all the same.
        batch.mayBeTaken = true;
        this.#tryAgain(batch, unavailable());
        break;
      case "find-leader":
        this.#findLeaders();
        this.#tryAgain(batch, unavailable());
        break;
      case "topic-missing":
        this.#findLeaders();
        this.#tryAgain(batch, topicMissing(target));
        break;
      case "new-producer-id":
        this.#forgetProducerId(batch);
        this.#tryAgain(batch, unavailable());
        break;
      case "no-idempotence":
        this.#logger.warn(
          `Kafka does not let this user write idempotently (${name}): a batch that is sent again may be there twice`,
        );
        this.#usesProducerId = false;
        this.#tryAgain(batch, forbidden(target, name));
        break;
      case "forbidden":
        this.#fail(batch, forbidden(target, name));
        break;
      case "too-large":
        this.#shrink(batch, name);
        break;
      case "refused":
        this.#fail(batch, new KafkaError("REFUSED", `Kafka refuses records for ${target.topic}: ${name}`));
    }
  }

  #take(batch: Batch): void {
    const queue = this.#queueOf(batch.partition);
    if (batch.generation === queue.generation) {
      queue.nextSequence = (queue.nextSequence + batch.builder.count) % (MAX_SEQUENCE + 1);
    }
    this.#remove(batch);
    batch.taken();
    queue.recycle(batch);
  }

  #fail(batch: Batch, error: KafkaError): void {
    // What may have been taken has used up sequence numbers.
    if (batch.mayBeTaken) this.#forgetProducerId(batch);
    this.#remove(batch);
    batch.failed(error);
  }

  #remove(batch: Batch): void {
    this.#queueOf(batch.partition).stopSending(batch);
    this.#bufferedBytes -= batch.builder.byteLength - BATCH_HEAD_BYTES;
    this.#records -= batch.builder.count;
  }

  /** The batch's time is over. */
  #giveUp(batch: Batch): void {
    const error =
      batch.lastError ??
      new KafkaError("TIMEOUT", `Kafka at ${this.#cluster.target.brokers.join(",")} did not take records in time`);
    this.#fail(batch, error);
  }

  #tryAgain(batch: Batch, error: KafkaError): void {
    batch.lastError = error;
    batch.attempts++;
    const nowMs = Date.now();
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(batch.attempts, 10));
    batch.notBeforeMs = nowMs + backoffMs * (0.5 + Math.random() / 2);
    this.#queueOf(batch.partition).sendAgain(batch);
  }

  /** A batch that the broker finds too large goes in two; a record alone is refused. */
  #shrink(batch: Batch, name: string): void {
    const { target } = this.#cluster;
    void this.#cluster.maxMessageBytes().then((bytes) => {
      if (bytes !== undefined) this.#maxMessageBytes = Math.min(this.#options.maxMessageBytes, bytes);
    });
    if (batch.builder.count === 1) {
      const bytes = batch.builder.byteLength;
      const text = `a record of ${bytes} bytes is larger than topic ${target.topic} takes (${name}): its max.message.bytes counts, and --${target.flagPrefix}.max-message-bytes`;
      this.#fail(batch, new KafkaError("TOO_LARGE", text));
      return;
    }
    const queue = this.#queueOf(batch.partition);
    this.#remove(batch);
    const halves = batch.split();
    for (const half of halves) {
      this.#bufferedBytes += half.builder.byteLength - BATCH_HEAD_BYTES;
      this.#records += half.builder.count;
    }
    queue.putFirst(halves);
  }

  #findLeaders(): void {
    this.#cluster.refresh().then(
      () => this.#wakeAt(0),
      (error) => this.#logger.debug({ err: error }, "Kafka does not say who leads"),
    );
  }

  #currentProducerId(): Promise<ProducerId> | ProducerId | undefined {
    if (this.#producerId !== undefined) return this.#producerId;
    this.#producerIdComing ??= this.#newProducerId().finally(() => {
      this.#producerIdComing = undefined;
    });
    return this.#producerIdComing;
  }

  async #newProducerId(): Promise<ProducerId> {
    try {
      const id = await this.#cluster.newProducerId();
      this.#producerId = id;
      this.#generation++;
      return id;
    } catch (error) {
      if (error instanceof KafkaError && error.code === "FORBIDDEN") {
        this.#usesProducerId = false;
        this.#logger.warn(
          { err: error },
          "Kafka gives no producer id: a batch that is sent again may be in the topic twice, which readers of spans do not mind",
        );
      }
      throw error;
    }
  }

  #forgetProducerId(batch: Batch): void {
    if (batch.generation === this.#generation) this.#producerId = undefined;
  }
}
