import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { writeRecordedInput } from "@spoor/ingest-testkit";
import { type KafkaAddress, requireService, SHARED_START_TIMEOUT_MS, type Shared, sharedKafka } from "@spoor/services";
import { spanText, spanTexts } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startIngester } from "./ingester.ts";
import { ledgerOf, metric, TestBench, until } from "./testing/test-bench.ts";
import { TextStore } from "./testing/text-store.ts";

const kafka = await requireService("kafka");

interface RecordedMessage {
  readonly partition: number;
  readonly keyText: string;
  readonly valueBase64: string;
}

/** What v1 wrote to a topic. */
function recordedMessages(encoding: "protobuf" | "json"): readonly RecordedMessage[] {
  return JSON.parse(readFileSync(new URL(`./fixtures/recorded/${encoding}.json`, import.meta.url), "utf8"));
}

describe.skipIf(!kafka.available)("an ingester", () => {
  let server: Shared<KafkaAddress>;
  let bench: TestBench;

  beforeAll(async () => {
    server = await sharedKafka("4.4.0");
    bench = new TestBench(server.brokers);
  }, SHARED_START_TIMEOUT_MS);
  afterAll(() => server?.release());

  it.each(["protobuf", "json"] as const)(
    "stores what was there before its group began, in %s, once, and commits up to the end",
    async (encoding) => {
      const topic = bench.newTopic();
      const traces = bench.traces(60);
      await bench.write(topic, traces, encoding);
      const store = new TextStore();
      const options = { ...bench.options(topic, store), encoding };
      const ingester = await startIngester(options);
      await until(() => store.hasAll(traces));
      await bench.untilCommitted(topic, 600);
      await ingester.close();
      expect([...store.texts.keys()].sort()).toEqual([...spanTexts(traces.flat())].sort());
      expect([...store.texts.values()].every((times) => times === 1)).toBe(true);
      expect(await ledgerOf(options.registry)).toEqual({ received: 600, stored: 600, refused: 0, left: 0 });
      const second = new TextStore();
      const again = await startIngester({ ...bench.options(topic, second), encoding });
      await sleep(1000);
      await again.close();
      expect(second.texts.size).toBe(0);
    },
    60_000,
  );

  it.each(["protobuf", "json"] as const)(
    "stores the messages that v1 wrote in %s as the spans that v1 was sent",
    async (encoding) => {
      const topic = bench.newTopic();
      const messages = recordedMessages(encoding);
      const producer = bench.client.producer();
      await producer.connect();
      await producer.send({
        topic,
        messages: messages.map(({ partition, keyText, valueBase64 }) => ({
          partition: partition % 4,
          key: keyText,
          value: Buffer.from(valueBase64, "base64"),
        })),
      });
      await producer.disconnect();
      const [store, sent] = [new TextStore(), new TextStore()];
      await writeRecordedInput(sent);
      const options = { ...bench.options(topic, store), encoding };
      const ingester = await startIngester(options);
      await bench.untilCommitted(topic, messages.length);
      await ingester.close();
      const [found, expected] = [[...store.texts.keys()], [...sent.texts.keys()]];
      expect(found.filter((text) => !sent.texts.has(text))).toEqual([]);
      expect(expected.filter((text) => !store.texts.has(text))).toEqual([]);
      expect(await ledgerOf(options.registry)).toMatchObject({ stored: messages.length, left: 0 });
      expect(await metric(options.registry, "spoor_ingester_dead_letters_total")).toBe(0);
    },
    60_000,
  );

  it("puts what is no span, and what the store refuses, among the dead letters, and stores the rest", async () => {
    const topic = bench.newTopic();
    const traces = bench.traces(30);
    await bench.write(topic, traces);
    await bench.send(topic, [
      { key: "k", value: "no span" },
      { key: "k", value: Buffer.alloc(0) },
      { key: "k", value: null },
    ]);
    const more = bench.traces(30);
    await bench.write(topic, more);
    const store = new TextStore();
    const refused = more[3]?.[3] === undefined ? "" : spanText(more[3][3]);
    store.refuses = (text) => text === refused;
    const options = bench.options(topic, store);
    const ingester = await startIngester(options);
    await bench.untilCommitted(topic, 603);
    await ingester.close();
    const texts = [...traces, ...more].flat().map(spanText);
    expect(texts.filter((text) => !store.texts.has(text))).toEqual([refused]);
    const letters = await bench.headers(`${topic}.dead-letters`, 4);
    expect(letters.map((each) => each["spoor-reason"]).sort()).toEqual(["empty", "empty", "refused", "undecodable"]);
    expect(letters.every((each) => each["spoor-topic"] === topic && /^\d+$/.test(each["spoor-offset"] ?? ""))).toBe(
      true,
    );
    expect(await metric(options.registry, "spoor_ingester_dead_letters_total", 'reason="empty"')).toBe(2);
    expect(await ledgerOf(options.registry)).toEqual({ received: 600, stored: 599, refused: 1, left: 0 });
  }, 60_000);

  it("keeps dead letters that are too large together one by one, and of one that is too large alone where it was", async () => {
    const topic = bench.newTopic();
    await bench.write(topic, []);
    // The last fits by a hair, but not with headers.
    const sizes = [400_000, 400_000, 400_000, 1_048_500];
    const messages = sizes.map((size) => ({ value: Buffer.alloc(size, 0xff) }));
    await bench.send(topic, messages);
    const ingester = await startIngester({
      ...bench.options(topic, new TextStore()),
      maxBytesPerPartition: 8_000_000,
    });
    await bench.untilCommitted(topic, sizes.length);
    await ingester.close();
    const letters = await bench.headers(`${topic}.dead-letters`, sizes.length);
    expect(letters.map((each) => [each["spoor-offset"], each["spoor-omitted-bytes"]])).toEqual([
      ["0", undefined],
      ["1", undefined],
      ["2", undefined],
      ["3", "1048500"],
    ]);
  }, 60_000);

  it("stores 10,000 spans but for the one message among them that is none", async () => {
    const topic = bench.newTopic();
    const traces = bench.traces(1000);
    await bench.write(topic, traces.slice(0, 500));
    await bench.send(topic, [{ key: "k", value: "no span", partition: 2 }]);
    await bench.write(topic, traces.slice(500));
    const store = new TextStore();
    const options = bench.options(topic, store);
    const ingester = await startIngester(options);
    await bench.untilCommitted(topic, 10_001);
    await ingester.close();
    expect(store.hasAll(traces)).toBe(true);
    expect([...store.texts.values()].every((times) => times === 1)).toBe(true);
    expect(await ledgerOf(options.registry)).toEqual({ received: 10_000, stored: 10_000, refused: 0, left: 0 });
    expect(await bench.headers(`${topic}.dead-letters`, 1)).toMatchObject([
      { "spoor-reason": "undecodable", "spoor-topic": topic, "spoor-partition": "2" },
    ]);
  }, 60_000);

  it("says how far it is behind, and that it is not ready while that is too far", async () => {
    const topic = bench.newTopic();
    const traces = bench.traces(30);
    await bench.write(topic, traces);
    const store = new TextStore();
    store.isAway = true;
    const states: (string | undefined)[] = [];
    const options = {
      ...bench.options(topic, store),
      lagIntervalMs: 200,
      readyMaxLag: 100,
      onState: (problem: string | undefined) => void states.push(problem),
    };
    const lag = () => metric(options.registry, "jaeger_ingester_sarama_consumer_offset_lag");
    const ingester = await startIngester(options);
    await until(() => states.at(-1) === "300 messages behind, more than 100");
    expect(await lag()).toBe(300);
    store.isAway = false;
    await until(() => store.hasAll(traces) && states.at(-1) === undefined);
    await until(async () => (await lag()) === 0);
    await ingester.close();
  }, 60_000);
});
