import { setTimeout as sleep } from "node:timers/promises";
import { type KafkaServer, requireService, startKafka } from "@spoor/services";
import { decodeSpan, scanSpan } from "@spoor/span-wire";
import { spanText } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeBrokerFailure, startWriters } from "./testing/describe-broker-failure.ts";
import { openTestStorage } from "./testing/open-test-storage.ts";
import { createTopic, readTopic } from "./testing/read-topic.ts";

const kafka = await requireService("kafka");

describe.skipIf(!kafka.available)("three brokers", () => {
  let server: KafkaServer;

  beforeAll(async () => {
    server = await startKafka({ brokers: 3 });
  }, 300_000);
  afterAll(() => server?.close(), 60_000);

  it("that are stopped or killed and started again in turn take every acknowledged span, once; writers hardly notice", async () => {
    const topic = "rolling";
    await createTopic(server, topic, { partitions: 6 });
    const storage = await openTestStorage(server, { topic });
    const writers = startWriters(storage.writer, 8);
    await writers.until(() => writers.acknowledged.length >= 200);
    for (const [index, node] of server.nodes.entries()) {
      const before = writers.acknowledged.length;
      if (index === 1) await node.kill();
      else await node.stop();
      await writers.until(() => writers.acknowledged.length >= before + 200);
      await node.start();
      await sleep(3000);
    }
    await writers.stop();
    await storage.close();

    for (const error of writers.errors) expect(error.retryable).toBe(true);
    const counts = new Map<string, number>();
    for (const { value } of await readTopic(server, topic)) {
      const text = spanText(decodeSpan(scanSpan(value)));
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    const texts = writers.acknowledged.flat().map(spanText);
    expect(texts.filter((text) => !counts.has(text))).toEqual([]);
    expect(texts.filter((text) => counts.get(text) !== 1)).toEqual([]);
  }, 240_000);

  describeBrokerFailure(() => server);
});
