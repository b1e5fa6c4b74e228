import {
  type Acks,
  type Compression,
  type KafkaConnectionOptions,
  openProducer,
  type ProducerOptions,
} from "@spoor/kafka-client";
import type { Storage } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import { storageError } from "./errors.ts";
import { KafkaSpanWriter, type OversizePolicy, writeOnly } from "./kafka-writer.ts";
import type { Encoding } from "./message/encoder.ts";
import { createMetrics, NO_METRICS } from "./metrics.ts";

export interface KafkaStorageOptions {
  readonly connection: Omit<KafkaConnectionOptions, "logger">;
  readonly topic?: string;
  readonly encoding?: Encoding;
  readonly acks?: Acks;
  readonly compression?: Compression;
  readonly compressionLevel?: number;
  readonly lingerMs?: number;
  readonly batchBytes?: number;
  readonly batchMinMessages?: number;
  readonly batchMaxMessages?: number;
  readonly maxMessageBytes?: number;
  readonly maxBufferedBytes?: number;
  readonly deliveryTimeoutMs?: number;
  readonly oversize?: OversizePolicy;
  /** How long the opening waits for a topic that brokers make on being asked for it. */
  readonly topicPatienceMs?: number;
  readonly logger: BaseLogger;
  readonly registry?: Registry;
}

export const DEFAULT_TOPIC = "jaeger-spans";
/** Sarama's, and so v1's. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_000_000;
export const DEFAULT_MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
/** That of Kafka's own client since version 4. */
export const DEFAULT_LINGER_MS = 5;
/** Below what clients of OTLP wait for an answer, so that they hear from us that they should come back. */
export const DEFAULT_DELIVERY_TIMEOUT_MS = 9000;

/**
 * Connects to Kafka; rejects with a StorageError that names the flag to look at when the topic cannot be written to, or with the signal's
 * reason: it may wait for a minute.
 */
export async function openKafkaStorage(options: KafkaStorageOptions, signal?: AbortSignal): Promise<Storage> {
  const { logger, registry } = options;
  const producerOptions: ProducerOptions = {
    connection: { ...options.connection, logger },
    topic: options.topic ?? DEFAULT_TOPIC,
    acks: options.acks ?? -1,
    compression: options.compression ?? "none",
    compressionLevel: options.compressionLevel ?? 0,
    lingerMs: options.lingerMs ?? DEFAULT_LINGER_MS,
    batchBytes: options.batchBytes ?? 0,
    batchMinRecords: options.batchMinMessages ?? 0,
    batchMaxRecords: options.batchMaxMessages ?? 0,
    maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    maxBufferedBytes: options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES,
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? DEFAULT_DELIVERY_TIMEOUT_MS,
    topicPatienceMs: options.topicPatienceMs,
  };
  const producer = await openProducer(producerOptions, signal).catch((error: unknown) => {
    throw storageError(error);
  });
  const metrics = registry === undefined ? NO_METRICS : createMetrics(registry, () => producer.bufferedBytes);
  const writer = new KafkaSpanWriter({
    producer,
    encoding: options.encoding ?? "protobuf",
    oversize: options.oversize ?? "truncate",
    metrics,
  });
  const refuse = () => Promise.reject(writeOnly());
  /** Says whether the brokers are there, for those who wait until they are back. */
  const refuseUnlessAway = async () => {
    await producer.check().catch((error: unknown) => {
      throw storageError(error);
    });
    throw writeOnly();
  };
  // biome-ignore lint/correctness/useYield: the first step already fails.
  async function* refuseAll(): AsyncGenerator<never> {
    throw writeOnly();
  }
  return {
    kind: "kafka",
    capabilities: { persistent: true, searchWithoutService: false, tenancy: false, archive: false },
    writer,
    reader: {
      getTrace: refuseAll,
      getTraces: refuseAll,
      findTraceIds: refuse,
      getServices: refuseUnlessAway,
      getOperations: refuse,
    },
    dependencies: { getDependencies: refuse },
    close: () => producer.close(),
  };
}
