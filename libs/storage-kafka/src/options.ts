import type { Acks, Compression, KafkaConnectionOptions } from "@spoor/kafka-client";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import type { OversizePolicy } from "./kafka-writer.ts";
import type { Encoding } from "./message/encoder.ts";

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
