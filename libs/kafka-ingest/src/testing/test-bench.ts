import { setTimeout as sleep } from "node:timers/promises";
import { createIngest } from "@spoor/ingest";
import { createKafkajs, type KafkaConnectionOptions } from "@spoor/kafka-client";
import { uniqueName } from "@spoor/services";
import type { SpanWriter } from "@spoor/storage-api";
import { openKafkaStorage } from "@spoor/storage-kafka";
import { batchOf, SpanGenerator } from "@spoor/storage-testkit";
import type { Kafka, Message } from "kafkajs";
import { pino } from "pino";
import { Registry } from "prom-client";
import type { IngesterOptions } from "../ingester-options.ts";
import type { Trace } from "./text-store.ts";

const logger = pino({ level: "silent" });

/** A group that notices within two seconds that a member is gone, and others sooner that it should share. */
const SESSION_TIMEOUT_MS = 2000;

/** What tests of ingesters do around them on a broker: write spans and other messages, read letters and offsets. */
export class TestBench {
  readonly client: Kafka;
  readonly #connection: Omit<KafkaConnectionOptions, "logger">;
  readonly #generator = new SpanGenerator(7, {});

  constructor(brokers: readonly string[], security: Pick<KafkaConnectionOptions, "sasl" | "tls"> = {}) {
    this.#connection = { brokers, clientId: "test", flagPrefix: "kafka.consumer", ...security };
    this.client = createKafkajs({ ...this.#connection, logger });
  }

  newTopic(): string {
    return uniqueName("spans");
  }

  /** Traces of ten spans. */
  traces(count: number): readonly Trace[] {
    return Array.from({ length: count }, () => this.#generator.trace({ spans: 10 }));
  }

  options(topic: string, writer: SpanWriter): IngesterOptions {
    const registry = new Registry();
    return {
      connection: this.#connection,
      topic,
      groupId: `group-${topic}`,
      encoding: "protobuf",
      initialOffset: "earliest",
      maxBytesPerPartition: 100_000,
      rackId: "",
      parallelism: 200,
      deadLetterTopic: `${topic}.dead-letters`,
      stallIntervalMs: 0,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      writer: createIngest({ writer, logger, registry, maxInFlightBytes: 64 * 1024 * 1024 }),
      logger,
      registry,
      onState: () => {},
      onFailure: (error) => {
        throw error;
      },
    };
  }

  /** For brokers that make no topics by themselves. */
  async createTopic(topic: string): Promise<void> {
    const admin = this.client.admin();
    await admin.connect();
    try {
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
      await until(() =>
        admin.fetchTopicMetadata({ topics: [topic] }).then(
          ({ topics }) => topics[0]?.partitions[0] !== undefined && topics[0].partitions[0].leader >= 0,
          () => false,
        ),
      );
    } finally {
      await admin.disconnect();
    }
  }

  async deleteTopic(topic: string): Promise<void> {
    const admin = this.client.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  }

  /** As a collector writes them. Makes the topic. */
  async write(topic: string, traces: readonly Trace[], encoding: "protobuf" | "json" = "protobuf"): Promise<void> {
    const connection = { ...this.#connection, flagPrefix: "kafka.producer" };
    const storage = await openKafkaStorage({ connection, topic, encoding, logger });
    await Promise.all(traces.map((trace) => storage.writer.write(batchOf(trace))));
    await storage.close();
  }

  /** Messages of any kind, one after another. */
  async send(topic: string, messages: readonly Message[]): Promise<void> {
    const producer = this.client.producer({
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 1,
    });
    await producer.connect();
    for (const message of messages) await producer.send({ topic, messages: [message] });
    await producer.disconnect();
  }

  /** Committed offsets of all partitions together, and where these end. */
  async offsets(topic: string): Promise<{ readonly committed: number; readonly end: number }> {
    const admin = this.client.admin();
    await admin.connect();
    try {
      const [group] = await admin.fetchOffsets({ groupId: `group-${topic}`, topics: [topic] });
      const ends = await admin.fetchTopicOffsets(topic);
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + Math.max(0, b), 0);
      return {
        committed: sum((group?.partitions ?? []).map(({ offset }) => Number(offset))),
        end: sum(ends.map(({ high }) => Number(high))),
      };
    } finally {
      await admin.disconnect();
    }
  }

  async untilCommitted(topic: string, count: number): Promise<void> {
    await until(async () => (await this.offsets(topic)).committed === count);
  }

  /** Headers of the first messages of a topic. */
  async headers(topic: string, count: number): Promise<readonly Readonly<Record<string, string>>[]> {
    const consumer = this.client.consumer({ groupId: `reader-${topic}` });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const found: Record<string, string>[] = [];
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          const headers = Object.entries(message.headers ?? {});
          found.push(Object.fromEntries(headers.map(([name, value]) => [name, String(value)])));
          if (found.length === count) resolve();
        },
      });
    });
    await consumer.disconnect();
    return found;
  }
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

/** The sum of a metric over the labels that contain `labels`. */
export async function metric(registry: Registry, name: string, labels: string = ""): Promise<number> {
  const samples = [...(await registry.metrics()).matchAll(new RegExp(`^${name}(?:\\{([^}]*)\\})? (\\S+)$`, "gm"))];
  return samples
    .filter(([, given = ""]) => given.includes(labels))
    .reduce((sum, [, , value]) => sum + Number(value), 0);
}

/** What became of the spans that an ingester read: nothing may be left over. */
export async function ledgerOf(registry: Registry) {
  const of = (state: string) => metric(registry, "spoor_ledger_spans_total", `state="${state}"`);
  const [received, stored, refused] = [await of("received"), await of("stored"), await of("refused")];
  return { received, stored, refused, left: received - stored - refused };
}
