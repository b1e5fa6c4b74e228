import { openProducer, type ProducerOptions } from "@spoor/kafka-client";
import type { Storage } from "@spoor/storage-api";
import { storageError } from "./errors.ts";
import { KafkaSpanWriter, writeOnly } from "./kafka-writer.ts";
import { createMetrics, NO_METRICS } from "./metrics.ts";
import {
  DEFAULT_DELIVERY_TIMEOUT_MS,
  DEFAULT_LINGER_MS,
  DEFAULT_MAX_BUFFERED_BYTES,
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_TOPIC,
  type KafkaStorageOptions,
} from "./options.ts";

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
