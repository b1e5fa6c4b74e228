import type { Acks } from "../cluster/produce-protocol.ts";
import type { KafkaConnectionOptions } from "../options.ts";
import type { Compression } from "../records/compression.ts";

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
  /** How long the opening waits for a topic that brokers make on being asked for it; 8 s unless given. */
  readonly topicPatienceMs?: number | undefined;
}
