import { setTimeout as sleep } from "node:timers/promises";
import { createIngest } from "@spoor/ingest";
import { createKafkajs } from "@spoor/kafka-client";
import { type KafkaServer, requireService, startKafka } from "@spoor/services";
import { decodeSpan, type SpanBatch } from "@spoor/span-wire";
import { type SpanWriter, StorageError } from "@spoor/storage-api";
import { openKafkaStorage } from "@spoor/storage-kafka";
import { batchOf, SpanGenerator, spanText, spanTexts } from "@spoor/storage-testkit";
import type { Kafka } from "kafkajs";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type IngesterOptions, startIngester } from "./ingester.ts";

const kafka = await requireService("kafka");
const logger = pino({ level: "silent" });
const PARTITIONS = 4;

type Trace = ReturnType<SpanGenerator["trace"]>;

/** Keeps what is written, as text, and how often; can be away, and refuse spans. */
class TextStore implements SpanWriter {
  readonly texts = new Map<string, number>();
  isAway = false;
  refuses: (text: string) => boolean = () => false;
  delayMs = 0;

  async write({ spans }: SpanBatch): Promise<void> {
    if (this.delayMs > 0) await sleep(this.delayMs);
    if (this.isAway) throw new StorageError("UNAVAILABLE", "the store is away");
    const texts = spans.map((span) => spanText(decodeSpan(span)));
    if (texts.some(this.refuses)) throw new StorageError("REJECTED", "a span is refused");
    for (const text of texts) this.texts.set(text, (this.texts.get(text) ?? 0) + 1);
  }
}

describe.skipIf(!kafka.available)("an ingester", () => {
  let server: KafkaServer;
  let client: Kafka;
  let topics = 0;
  const generator = new SpanGenerator(7, {});

  beforeAll(async () => {
    server = await startKafka({ version: "4.4.0", settings: { "num.partitions": PARTITIONS } });
    client = createKafkajs({ brokers: server.brokers, clientId: "test", flagPrefix: "kafka.consumer", logger });
  }, 300_000);
  afterAll(() => server?.close(), 60_000);

  function optionsOf(topic: string, writer: SpanWriter): IngesterOptions {
    const registry = new Registry();
    return {
      connection: { brokers: server.brokers, clientId: "test", flagPrefix: "kafka.consumer" },
      topic,
      groupId: `group-${topic}`,
      encoding: "protobuf",
      initialOffset: "earliest",
      maxBytesPerPartition: 100_000,
      rackId: "",
      parallelism: 200,
      deadLetterTopic: `${topic}.dead-letters`,
      stallIntervalMs: 0,
      writer: createIngest({ writer, logger, registry, maxInFlightBytes: 64 * 1024 * 1024 }),
      logger,
      registry,
      onState: () => {},
      onFailure: (error) => {
        throw error;
      },
    };
  }

  async function write(topic: string, traces: readonly Trace[], encoding: "protobuf" | "json" = "protobuf") {
    const { brokers } = server;
    const storage = await openKafkaStorage({
      connection: { brokers, clientId: "test", flagPrefix: "kafka.producer" },
      topic,
      encoding,
      logger,
    });
    await Promise.all(traces.map((trace) => storage.writer.write(batchOf(trace))));
    await storage.close();
  }

  const newTopic = () => `spans-${topics++}`;
  const tracesOf = (count: number) => Array.from({ length: count }, () => generator.trace({ spans: 10 }));
  const until = async (condition: () => boolean | Promise<boolean>) => {
    while (!(await condition())) await sleep(50);
  };
  const hasAll = (store: TextStore, traces: readonly Trace[]) =>
    traces.every((trace) => trace.every((span) => store.texts.has(spanText(span))));

  /** Committed offsets of all partitions together, and where these end. */
  async function offsets(topic: string): Promise<{ readonly committed: number; readonly end: number }> {
    const admin = client.admin();
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

  it.each(["protobuf", "json"] as const)(
    "stores what was there before its group began, in %s, and commits up to the end",
    async (encoding) => {
      const topic = newTopic();
      const traces = tracesOf(60);
      await write(topic, traces, encoding);
      const store = new TextStore();
      const ingester = await startIngester({ ...optionsOf(topic, store), encoding });
      await until(() => hasAll(store, traces));
      await until(async () => (await offsets(topic)).committed === 600);
      await ingester.close();
      expect([...store.texts.keys()].sort()).toEqual([...spanTexts(traces.flat())].sort());
      expect([...store.texts.values()].every((times) => times === 1)).toBe(true);
      const second = new TextStore();
      const again = await startIngester({ ...optionsOf(topic, second), encoding });
      await sleep(1500);
      await again.close();
      expect(second.texts.size).toBe(0);
    },
    60_000,
  );

  it("commits nothing that is not stored while the store is away, and goes on when it is back", async () => {
    const topic = newTopic();
    const [first, second] = [tracesOf(20), tracesOf(60)];
    await write(topic, first);
    const store = new TextStore();
    const ingester = await startIngester(optionsOf(topic, store));
    await until(() => hasAll(store, first));
    store.isAway = true;
    await write(topic, second);
    await sleep(3000);
    expect((await offsets(topic)).committed).toBeLessThanOrEqual(200);
    store.isAway = false;
    await until(() => hasAll(store, second));
    await until(async () => (await offsets(topic)).committed === 800);
    await ingester.close();
  }, 60_000);

  it("puts what is no span, and what the store refuses, among the dead letters, and stores the rest", async () => {
    const topic = newTopic();
    const traces = tracesOf(30);
    await write(topic, traces);
    const producer = client.producer({ createPartitioner: () => () => 1 });
    await producer.connect();
    const key = Buffer.from("k");
    await producer.send({
      topic,
      messages: [
        { key, value: "no span" },
        { key, value: Buffer.alloc(0) },
        { key, value: null },
      ],
    });
    await producer.disconnect();
    const more = tracesOf(30);
    await write(topic, more);
    const store = new TextStore();
    const refused = spanText(more[3]?.[3] as Trace[number]);
    store.refuses = (text) => text === refused;
    const options = optionsOf(topic, store);
    const ingester = await startIngester(options);
    await until(async () => (await offsets(topic)).committed === 603);
    await ingester.close();
    expect(
      [...traces, ...more]
        .flat()
        .map(spanText)
        .filter((text) => !store.texts.has(text)),
    ).toEqual([refused]);
    const letters = await readHeaders(`${topic}.dead-letters`, 4);
    expect(letters.map((each) => each["spoor-reason"]).sort()).toEqual(["empty", "empty", "refused", "undecodable"]);
    expect(letters.every((each) => each["spoor-topic"] === topic && /^\d+$/.test(each["spoor-offset"] ?? ""))).toBe(
      true,
    );
    expect(await options.registry.metrics()).toContain('spoor_ingester_dead_letters_total{reason="empty"} 2');
  }, 60_000);

  it("keeps dead letters that are too large together one by one, and of one that is too large alone where it was", async () => {
    const topic = newTopic();
    // Makes the topic.
    await write(topic, []);
    const producer = client.producer({ createPartitioner: () => () => 1 });
    await producer.connect();
    // The last fits by a hair, but not with headers.
    const sizes = [400_000, 400_000, 400_000, 1_048_500];
    for (const size of sizes) await producer.send({ topic, messages: [{ value: Buffer.alloc(size, 0xff) }] });
    await producer.disconnect();
    const ingester = await startIngester({ ...optionsOf(topic, new TextStore()), maxBytesPerPartition: 8_000_000 });
    await until(async () => (await offsets(topic)).committed === sizes.length);
    await ingester.close();
    const letters = await readHeaders(`${topic}.dead-letters`, sizes.length);
    expect(letters.map((each) => [each["spoor-offset"], each["spoor-omitted-bytes"]])).toEqual([
      ["0", undefined],
      ["1", undefined],
      ["2", undefined],
      ["3", "1048500"],
    ]);
  }, 60_000);

  it("stores 10,000 spans but for the one message among them that is none", async () => {
    const topic = newTopic();
    const traces = tracesOf(1000);
    await write(topic, traces.slice(0, 500));
    const producer = client.producer({ createPartitioner: () => () => 2 });
    await producer.connect();
    await producer.send({ topic, messages: [{ key: "k", value: "no span" }] });
    await producer.disconnect();
    await write(topic, traces.slice(500));
    const store = new TextStore();
    const ingester = await startIngester(optionsOf(topic, store));
    await until(async () => (await offsets(topic)).committed === 10_001);
    await ingester.close();
    expect(hasAll(store, traces)).toBe(true);
    expect([...store.texts.values()].every((times) => times === 1)).toBe(true);
    expect(await readHeaders(`${topic}.dead-letters`, 1)).toMatchObject([
      { "spoor-reason": "undecodable", "spoor-topic": topic, "spoor-partition": "2" },
    ]);
  }, 60_000);

  it("says how far it is behind, and that it is not ready while that is too far", async () => {
    const topic = newTopic();
    const traces = tracesOf(30);
    await write(topic, traces);
    const store = new TextStore();
    store.isAway = true;
    const states: (string | undefined)[] = [];
    const options = {
      ...optionsOf(topic, store),
      lagIntervalMs: 200,
      readyMaxLag: 100,
      onState: (problem: string | undefined) => void states.push(problem),
    };
    const ingester = await startIngester(options);
    await until(() => states.at(-1) === "300 messages behind, more than 100");
    expect(lagsOf(await options.registry.metrics())).toBe(300);
    store.isAway = false;
    await until(() => hasAll(store, traces) && states.at(-1) === undefined);
    await until(async () => lagsOf(await options.registry.metrics()) === 0);
    await ingester.close();
  }, 60_000);

  it("joins its group anew when a store that does not answer holds a partition up, and goes on; one that is away is left alone", async () => {
    const topic = newTopic();
    const traces = tracesOf(40);
    await write(topic, traces);
    const store = new TextStore();
    let hangs = true;
    const hung: (() => void)[] = [];
    const writer: SpanWriter = {
      write: (batch) => (hangs ? new Promise((resolve) => hung.push(resolve)) : store.write(batch)),
    };
    const options = { ...optionsOf(topic, writer), lagIntervalMs: 200, stallIntervalMs: 2000 };
    const ingester = await startIngester(options);
    const restarts = async () =>
      /^jaeger_ingester_deadlockdetector_close_signalled_total\{[^}]*\} (\d+)/m.exec(
        await options.registry.metrics(),
      )?.[1];
    await until(() => hung.length > 0);
    store.isAway = true;
    hangs = false;
    await until(async () => (await restarts()) === "1");
    await until(async () =>
      /^jaeger_ingester_span_processor_retry_attempts_total [5-9]/m.test(await options.registry.metrics()),
    );
    expect(await restarts()).toBe("1");
    store.isAway = false;
    await until(() => hasAll(store, traces));
    await until(async () => (await offsets(topic)).committed === 400);
    for (const answer of hung) answer();
    await ingester.close();
  }, 60_000);

  it("loses nothing when ingesters come and go while spans arrive", async () => {
    const topic = newTopic();
    const written: Trace[] = [];
    const store = new TextStore();
    store.delayMs = 20;
    await write(topic, tracesOf(1));
    let isWriting = true;
    const writing = (async () => {
      while (isWriting) {
        const traces = tracesOf(20);
        await write(topic, traces);
        written.push(...traces);
      }
    })();
    let ingesters = [await startIngester(optionsOf(topic, store))];
    for (let i = 0; i < 4; i++) {
      ingesters.push(await startIngester(optionsOf(topic, store)));
      await sleep(1500);
      await ingesters.shift()?.close();
      await sleep(500);
    }
    isWriting = false;
    await writing;
    await until(() => hasAll(store, written));
    await until(async () => {
      const { committed, end } = await offsets(topic);
      return committed === end;
    });
    await Promise.all(ingesters.map((ingester) => ingester.close()));
    ingesters = [];
    expect(written.length).toBeGreaterThan(20);
  }, 120_000);

  async function readHeaders(topic: string, count: number): Promise<readonly Readonly<Record<string, string>>[]> {
    const consumer = client.consumer({ groupId: `reader-${topic}` });
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
});

/** The sum over partitions. */
function lagsOf(page: string): number {
  const lags = [...page.matchAll(/^jaeger_ingester_sarama_consumer_offset_lag\{[^}]*\} (\d+)/gm)];
  return lags.reduce((sum, [, lag]) => sum + Number(lag), 0);
}
