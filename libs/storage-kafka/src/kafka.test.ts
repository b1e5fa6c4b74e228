import { writeRecordedInput } from "@spoor/ingest-testkit";
import {
  type KafkaAddress,
  requireService,
  SHARED_START_TIMEOUT_MS,
  type Shared,
  sharedKafka,
  uniqueName,
} from "@spoor/services";
import { decodeSpan, scanSpan } from "@spoor/span-wire";
import { StorageError } from "@spoor/storage-api";
import { batchOf, SpanGenerator, spanTexts } from "@spoor/storage-testkit";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TRUNCATED_TAG } from "./message/shrink-span.ts";
import { openTestStorage } from "./testing/open-test-storage.ts";
import { createTopic, readTopic, type TopicMessage, testClient } from "./testing/read-topic.ts";
import { recordedMessages } from "./testing/recorded-input.ts";

const kafka = await requireService("kafka");
const PARTITIONS = 6;

describe.skipIf(!kafka.available).each(["3.9.2", "4.4.0"] as const)("on Kafka %s", (version) => {
  let server: Shared<KafkaAddress>;

  beforeAll(async () => {
    server = await sharedKafka(version);
  }, SHARED_START_TIMEOUT_MS);
  afterAll(() => server?.release());

  const newTopic = async () => {
    const topic = uniqueName("topic");
    await createTopic(server, topic, { partitions: PARTITIONS });
    return topic;
  };
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  it.each(["protobuf", "json"] as const)(
    "the recorded input gives the messages that v1 wrote in %s: keys, partitions, values",
    async (encoding) => {
      const topic = await newTopic();
      const storage = await openTestStorage(server, { topic, encoding });
      await writeRecordedInput(storage.writer);
      await storage.close();
      const comparable = (partition: number, key: string, value: Buffer) => [
        partition,
        key,
        encoding === "json" ? value.toString() : spanTexts([decodeSpan(scanSpan(value))])[0],
      ];
      const ours = (await readTopic(server, topic)).map(({ partition, key, value, headers }) => {
        expect(headers).toBe(0);
        return comparable(partition, key, value);
      });
      const theirs = recordedMessages(encoding).map(({ partition, keyText, valueBase64 }) =>
        comparable(partition, keyText, Buffer.from(valueBase64, "base64")),
      );
      expect(ours).toEqual(theirs);
    },
    60_000,
  );

  it.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
    "compression %s gives every span back",
    async (compression) => {
      const topic = await newTopic();
      const storage = await openTestStorage(server, { topic, compression });
      const traces = tracesOf(new SpanGenerator(1, {}), 30);
      await Promise.all(traces.map((trace) => storage.writer.write(batchOf(trace))));
      await storage.close();
      expect(textsOf(await readTopic(server, topic))).toEqual(spanTexts(traces.flat()));
    },
    60_000,
  );

  it.each([
    ["none", 0],
    ["the leader's", 1],
    ["all replicas'", -1],
  ] as const)(
    "with acknowledgement by %s, a topic that did not exist is made and written to",
    async (_, acks) => {
      const topic = uniqueName("topic");
      const registry = new Registry();
      const storage = await openTestStorage(server, { topic, acks, registry, compression: "zstd" });
      const traces = tracesOf(new SpanGenerator(2, {}), 10);
      for (const trace of traces) await storage.writer.write(batchOf(trace));
      await storage.close();
      expect(textsOf(await readTopic(server, topic))).toEqual(spanTexts(traces.flat()));
      expect(await registry.metrics()).toContain(
        `jaeger_storage_kafka_spans_written_total{kind="kafka",role="primary",status="success"} ${traces.flat().length}`,
      );
    },
    60_000,
  );

  describe("a span larger than a message may be", () => {
    const generator = new SpanGenerator(5, {});
    const small = generator.trace({ spans: 20 });
    const bigOf = (length: number) =>
      generator.span({ tags: [{ key: "body", type: "string", value: "x".repeat(length) }] });

    it("is cut, and stands among the others", async () => {
      const topic = await newTopic();
      const storage = await openTestStorage(server, { topic });
      await storage.writer.write(batchOf([...small, bigOf(3_000_000)]));
      await storage.close();
      const spans = (await readTopic(server, topic)).map(({ value }) => decodeSpan(scanSpan(value)));
      expect(spans).toHaveLength(small.length + 1);
      expect(spans.filter(({ tags }) => tags.some(({ key }) => key === TRUNCATED_TAG))).toHaveLength(1);
    }, 60_000);

    it("is refused where that is asked for; the others of its batch are there", async () => {
      const topic = await newTopic();
      const storage = await openTestStorage(server, { topic, oversize: "refuse" });
      const failure = await failureOf(storage.writer.write(batchOf([...small, bigOf(3_000_000)])));
      expect(failure).toBeInstanceOf(StorageError);
      expect(failure).toMatchObject({
        code: "REJECTED",
        message: expect.stringContaining("--kafka.producer.oversized"),
      });
      await storage.writer.write(batchOf(small));
      await storage.close();
      expect(await readTopic(server, topic)).toHaveLength(small.length * 2);
    }, 60_000);

    it("is measured by the topic's own limit", async () => {
      const topic = uniqueName("topic");
      await createTopic(server, topic, { config: { "max.message.bytes": "20000" } });
      const storage = await openTestStorage(server, { topic });
      const many = tracesOf(generator, 40);
      await Promise.all(many.map((trace) => storage.writer.write(batchOf([...trace, bigOf(50_000)]))));
      await storage.close();
      expect(await readTopic(server, topic)).toHaveLength(many.flat().length + many.length);
    }, 60_000);
  });

  it("when the topic's limit is lowered, batches go in parts; a span that is too large even so is refused alone", async () => {
    const topic = uniqueName("topic");
    await createTopic(server, topic, { partitions: 2 });
    const storage = await openTestStorage(server, { topic, lingerMs: 50 });
    const generator = new SpanGenerator(6, {});
    await storage.writer.write(batchOf(generator.trace({ spans: 3 })));
    await setTopicLimit(server, topic, 8000);
    const traces = tracesOf(generator, 20);
    const big = generator.span({ tags: [{ key: "body", type: "string", value: "x".repeat(30_000) }] });
    const [failure] = await Promise.all([
      failureOf(storage.writer.write(batchOf([big]))),
      ...traces.map((trace) => storage.writer.write(batchOf(trace))),
    ]);
    expect(failure).toMatchObject({ code: "REJECTED", message: expect.stringContaining("max.message.bytes") });
    await storage.writer.write(batchOf([big]));
    await storage.close();
    expect(await readTopic(server, topic)).toHaveLength(3 + traces.flat().length + 1);
  }, 60_000);

  it("can only be written to", async () => {
    const storage = await openTestStorage(server, { topic: await newTopic() });
    const options = { tenant: "" };
    expect(await failureOf(storage.reader.getServices(options))).toMatchObject({
      code: "UNSUPPORTED_QUERY",
      message: expect.stringContaining("kafka storage is write-only"),
    });
    const read = async () => {
      for await (const _ of storage.reader.getTrace("1".repeat(32), options));
    };
    expect(await failureOf(read())).toMatchObject({ code: "UNSUPPORTED_QUERY" });
    await storage.close();
    expect(await failureOf(storage.writer.write(batchOf(new SpanGenerator(1, {}).trace({ spans: 1 }))))).toMatchObject({
      code: "CLOSED",
    });
  }, 60_000);
});

function tracesOf(generator: SpanGenerator, count: number) {
  return Array.from({ length: count }, () => generator.trace({ spans: 10 }));
}

function textsOf(messages: readonly TopicMessage[]): readonly string[] {
  return spanTexts(messages.map(({ value }) => decodeSpan(scanSpan(value))));
}

async function setTopicLimit(server: KafkaAddress, topic: string, bytes: number): Promise<void> {
  const admin = testClient(server).admin();
  await admin.connect();
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: topic, configEntries: [{ name: "max.message.bytes", value: String(bytes) }] }],
  });
  await admin.disconnect();
}
