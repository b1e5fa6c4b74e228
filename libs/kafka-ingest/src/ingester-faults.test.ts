import { setTimeout as sleep } from "node:timers/promises";
import { type KafkaAddress, requireService, SHARED_START_TIMEOUT_MS, type Shared, sharedKafka } from "@spoor/services";
import type { SpanWriter } from "@spoor/storage-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ingester, startIngester } from "./ingester.ts";
import type { IngesterOptions } from "./ingester-options.ts";
import { ledgerOf, metric, TestBench, until } from "./testing/test-bench.ts";
import { TextStore, type Trace } from "./testing/text-store.ts";

const kafka = await requireService("kafka");

describe.skipIf(!kafka.available)("an ingester in trouble", () => {
  let server: Shared<KafkaAddress>;
  let bench: TestBench;

  beforeAll(async () => {
    server = await sharedKafka("4.4.0");
    bench = new TestBench(server.brokers);
  }, SHARED_START_TIMEOUT_MS);
  afterAll(() => server?.release());

  it("commits nothing that is not stored while the store is away, and goes on when it is back", async () => {
    const topic = bench.newTopic();
    const [first, second] = [bench.traces(20), bench.traces(60)];
    await bench.write(topic, first);
    const store = new TextStore();
    const options = bench.options(topic, store);
    const ingester = await startIngester(options);
    await until(() => store.hasAll(first));
    store.isAway = true;
    await bench.write(topic, second);
    // Longer than a session: the group must go on hearing of it.
    await sleep(3000);
    expect((await bench.offsets(topic)).committed).toBeLessThanOrEqual(200);
    store.isAway = false;
    await until(() => store.hasAll(second));
    await bench.untilCommitted(topic, 800);
    await ingester.close();
    expect(await ledgerOf(options.registry)).toEqual({ received: 800, stored: 800, refused: 0, left: 0 });
  }, 60_000);

  it("joins its group anew when a store that does not answer holds a partition up, and goes on; one that is away is left alone", async () => {
    const topic = bench.newTopic();
    const traces = bench.traces(40);
    await bench.write(topic, traces);
    const store = new TextStore();
    let hangs = true;
    const hung: (() => void)[] = [];
    const writer: SpanWriter = {
      write: (batch) => (hangs ? new Promise((resolve) => hung.push(resolve)) : store.write(batch)),
    };
    const options = { ...bench.options(topic, writer), lagIntervalMs: 100, stallIntervalMs: 1000, lastWritesMs: 500 };
    const ingester = await startIngester(options);
    const restarts = () => metric(options.registry, "jaeger_ingester_deadlockdetector_close_signalled_total");
    await until(() => hung.length > 0);
    store.isAway = true;
    hangs = false;
    await until(async () => (await restarts()) === 1);
    // Four partitions are tried; none may be tried for less than twice the interval.
    const retriedMs = performance.now();
    const retries = () => metric(options.registry, "jaeger_ingester_span_processor_retry_attempts_total");
    await until(async () => (await retries()) >= 12 && performance.now() - retriedMs > 2000);
    expect(await restarts()).toBe(1);
    store.isAway = false;
    await until(() => store.hasAll(traces));
    await bench.untilCommitted(topic, 400);
    for (const answer of hung) answer();
    await ingester.close();
    expect(await ledgerOf(options.registry)).toMatchObject({ left: 0 });
  }, 60_000);

  it("goes on with a topic that was deleted and made anew", async () => {
    const topic = bench.newTopic();
    const [first, second] = [bench.traces(20), bench.traces(20)];
    await bench.write(topic, first);
    const store = new TextStore();
    const options = bench.options(topic, store);
    const ingester = await startIngester(options);
    await until(() => store.hasAll(first));
    await bench.untilCommitted(topic, 200);
    await bench.deleteTopic(topic);
    await sleep(1000);
    await bench.write(topic, second);
    await until(() => store.hasAll(second));
    await bench.untilCommitted(topic, 200);
    await ingester.close();
    expect(await ledgerOf(options.registry)).toMatchObject({ stored: 400, left: 0 });
  }, 60_000);

  it("loses nothing when others come and go while spans arrive", async () => {
    const topic = bench.newTopic();
    const written: Trace[] = [];
    const store = new TextStore();
    store.delayMs = 20;
    await bench.write(topic, bench.traces(1));
    let isWriting = true;
    const writing = (async () => {
      while (isWriting) {
        const traces = bench.traces(20);
        await bench.write(topic, traces);
        written.push(...traces);
      }
    })();
    const members: { readonly options: IngesterOptions; readonly ingester: Ingester }[] = [];
    const all: IngesterOptions[] = [];
    const add = async () => {
      const options = bench.options(topic, store);
      all.push(options);
      members.push({ options, ingester: await startIngester(options) });
    };
    const held = ({ options }: { readonly options: IngesterOptions }) =>
      metric(options.registry, "jaeger_ingester_sarama_consumer_partitions_held");
    await add();
    for (let i = 0; i < 4; i++) {
      await add();
      // Each has its share, and stores some.
      await until(async () => (await Promise.all(members.map(held))).every((count) => count === 2));
      await sleep(200);
      await members.shift()?.ingester.close();
    }
    isWriting = false;
    await writing;
    await until(() => store.hasAll(written));
    await until(async () => {
      const { committed, end } = await bench.offsets(topic);
      return committed === end;
    });
    await Promise.all(members.map(({ ingester }) => ingester.close()));
    for (const { registry } of all) expect(await ledgerOf(registry)).toMatchObject({ left: 0 });
    expect(written.length).toBeGreaterThan(20);
  }, 120_000);
});
