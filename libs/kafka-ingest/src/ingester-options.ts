import type { Ingest } from "@spoor/ingest";
import type { KafkaConnectionOptions } from "@spoor/kafka-client";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import type { ConsumerEncoding } from "./message/decode.ts";

export interface IngesterOptions {
  readonly connection: Omit<KafkaConnectionOptions, "logger">;
  readonly topic: string;
  readonly groupId: string;
  readonly encoding: ConsumerEncoding;
  /** Where a group begins that has no offsets yet. */
  readonly initialOffset: "earliest" | "latest";
  /** Bytes of a partition that are fetched, and so held, at once. */
  readonly maxBytesPerPartition: number;
  readonly rackId: string;
  /** Spans of one partition that may be on their way to the store. */
  readonly parallelism: number;
  /** The topic of the dead letters; `undefined` drops them. */
  readonly deadLetterTopic: string | undefined;
  /** A partition with lag and without progress for this long is joined anew; 0 never does. */
  readonly stallIntervalMs: number;
  /** More messages than these behind, and the ingester says that it is not ready; 0 never does. */
  readonly readyMaxLag?: number;
  /** How often the brokers are asked how far the group is behind. */
  readonly lagIntervalMs?: number;
  /** How long the group waits for a member that it does not hear from before it gives its partitions to others; 10 s unless given. */
  readonly sessionTimeoutMs?: number;
  /** How long a write may go on once its partition is not ours any more; 8 s unless given. */
  readonly lastWritesMs?: number;
  /** In front of the store. A batch is admitted once, and written until it is stored. */
  readonly writer: Pick<Ingest, "admit">;
  readonly logger: BaseLogger;
  readonly registry: Registry;
  /** Hears why nothing is consumed just now, or that too much waits, or `undefined`. */
  readonly onState: (problem: string | undefined) => void;
  /** The consumer ended and does not come back by itself. */
  readonly onFailure: (error: unknown) => void;
}
