import { setTimeout as sleep } from "node:timers/promises";
import { createKafkajs, type KafkaConnectionOptions, registerCodecs } from "@spoor/kafka-client";
import type { KafkaAddress } from "@spoor/services";
import type { Kafka } from "kafkajs";
import { pino } from "pino";

export interface TopicMessage {
  readonly partition: number;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: number;
}

export type ClientSecurity = Pick<KafkaConnectionOptions, "sasl" | "tls">;

const RETRY = { retries: 10 };

export function testClient(server: KafkaAddress, security: ClientSecurity = {}): Kafka {
  registerCodecs();
  const logger = pino({ level: "silent" });
  return createKafkajs({ brokers: server.brokers, clientId: "test", flagPrefix: "test", logger, ...security });
}

export async function createTopic(
  server: KafkaAddress,
  topic: string,
  options: { readonly partitions?: number; readonly config?: Readonly<Record<string, string>> } = {},
  security: ClientSecurity = {},
): Promise<void> {
  const admin = testClient(server, security).admin({ retry: RETRY });
  await admin.connect();
  try {
    const configEntries = Object.entries(options.config ?? {}).map(([name, value]) => ({ name, value }));
    await admin.createTopics({
      topics: [{ topic, numPartitions: options.partitions ?? 1, configEntries }],
      waitForLeaders: false,
    });
    // kafkajs's own wait fails where a broker has not heard of the topic yet.
    const { partitions = 1 } = options;
    for (let led = 0; led < partitions; ) {
      await sleep(50);
      const metadata = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
      led = metadata.topics[0]?.partitions.filter(({ leader }) => leader >= 0).length ?? 0;
    }
  } finally {
    await admin.disconnect();
  }
}

export async function deleteTopic(server: KafkaAddress, topic: string, security: ClientSecurity = {}): Promise<void> {
  const admin = testClient(server, security).admin({ retry: RETRY });
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [topic] });
  } finally {
    await admin.disconnect();
  }
}

/** Everything that a topic holds now, by partition and offset. */
export async function readTopic(
  server: KafkaAddress,
  topic: string,
  security: ClientSecurity = {},
): Promise<readonly TopicMessage[]> {
  const client = testClient(server, security);
  const admin = client.admin({ retry: RETRY });
  await admin.connect();
  const ends = (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)] as const);
  await admin.disconnect();
  const open = new Map(ends.filter(([, high]) => high > 0));
  const messages: TopicMessage[] = [];
  if (open.size === 0) return messages;
  const consumer = client.consumer({ groupId: `reader-${topic}-${Math.random()}`, retry: RETRY });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            for (const { key, value, headers } of batch.messages) {
              messages.push({
                partition: batch.partition,
                key: key?.toString() ?? "",
                value: value ?? Buffer.alloc(0),
                headers: Object.keys(headers ?? {}).length,
              });
            }
            if (Number(batch.lastOffset()) >= (open.get(batch.partition) ?? 0) - 1) open.delete(batch.partition);
            if (open.size === 0) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return messages.sort((a, b) => a.partition - b.partition);
}
