import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KafkaServer, requireService, startKafka } from "@spoor/services";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf, caughtUp, faultyTraces, type Load, later, startLoad, unaccounted } from "./kafka-topology.ts";
import { SPANS_PER_TRACE } from "./otlp-request.ts";
import { eventually } from "./query-client.ts";

/** The long run kills as often, and under the load, that the promise was made for; the default run shows that it holds at all. */
const IS_LONG = process.env.SPOOR_LONG_TESTS === "1";
const KILLS = IS_LONG ? 20 : 2;
const LOAD = IS_LONG
  ? { spansPerSecond: 10_000, tracesPerRequest: 50, lanes: 8 }
  : { spansPerSecond: 2000, tracesPerRequest: 10, lanes: 4 };
const PARTITIONS = 4;

const kafka = await requireService("kafka");

describe.skipIf(!kafka.available)("collector, Kafka, ingester and a store, all but the last killed under load", () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-kafka-e2e-"));
  let server: KafkaServer;
  let collector: Daemon;
  let ingester: Daemon;

  beforeAll(async () => {
    server = await startKafka({ settings: { "num.partitions": PARTITIONS, "group.min.session.timeout.ms": 1000 } });
    collector = await startCollector();
    ingester = await startIngester();
  }, 300_000);
  afterAll(async () => {
    await collector?.stop();
    await ingester?.stop();
    await server?.close();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const startCollector = (ports?: Daemon["ports"]) =>
    startDaemon("collector", {
      args: [`--kafka.producer.brokers=${server.brokers.join(",")}`, "--kafka.producer.compression=snappy"],
      env: { SPAN_STORAGE_TYPE: "kafka" },
      ...(ports ? { ports } : {}),
    });
  const startIngester = () =>
    startDaemon("ingester", {
      args: [
        `--kafka.consumer.brokers=${server.brokers.join(",")}`,
        // Soon after one was killed, the next one has its partitions.
        "--kafka.consumer.session-timeout=2s",
        `--embedded.directory=${directory}`,
      ],
      env: { SPAN_STORAGE_TYPE: "embedded" },
    });
  /** Spans are acknowledged, and stored, from now on. */
  const goesOn = async ({ acknowledged }: Load) => {
    const before = acknowledged.length;
    const { stored } = await accountOf(ingester);
    await eventually(
      async () => acknowledged.length,
      (count) => count > before,
      60_000,
    );
    await eventually(
      () => accountOf(ingester),
      (account) => account.stored > stored,
      60_000,
    );
  };

  it(
    `every acknowledged span is stored, and none is seen twice, after ${KILLS} kills of each at ${LOAD.spansPerSecond} spans/s, and one of the broker`,
    async () => {
      const startedMs = performance.now();
      const load = startLoad(() => collector, LOAD);
      const { acknowledged } = load;
      for (let kill = 0; kill < KILLS; kill++) {
        // One that has not stored anything yet has nothing to lose.
        await eventually(
          () => accountOf(ingester),
          ({ stored }) => stored > 0,
          90_000,
        );
        await later(Math.random() * 1000);
        await ingester.kill();
        ingester = await startIngester();
        const before = acknowledged.length;
        await eventually(
          async () => acknowledged.length,
          (count) => count > before,
        );
        await later(Math.random() * 1000);
        await collector.kill();
        collector = await startCollector(collector.ports);
      }
      await goesOn(load);
      await server.kill();
      await later(1000);
      await server.start();
      await goesOn(load);
      await load.stop();
      const seconds = (performance.now() - startedMs) / 1000;

      await caughtUp(server.brokers, 300_000);
      expect(await unaccounted(collector)).toBe(0);
      expect(await unaccounted(ingester)).toBe(0);
      expect(await collector.stop()).toBe(0);
      expect(await ingester.stop()).toBe(0);
      for (const daemon of [collector, ingester]) expect(daemon.output()).not.toContain("Warning");
      const query = await startDaemon("query", {
        args: [`--embedded.directory=${directory}`],
        env: { SPAN_STORAGE_TYPE: "embedded" },
      });
      try {
        const spans = acknowledged.length * SPANS_PER_TRACE;
        console.log(
          `${KILLS} kills of each in ${seconds.toFixed(0)} s: ${spans} spans acknowledged, ${load.failed()} requests failed`,
        );
        expect(spans).toBeGreaterThan(1000);
        expect(await faultyTraces(query, load)).toEqual([]);
      } finally {
        await query.stop();
      }
    },
    120_000 + KILLS * 60_000,
  );

  it.each([
    ["collector", "producer", "kafka"],
    ["ingester", "consumer", "blackhole"],
  ])("%s that cannot log in says which flag to look at, and does not start", async (app, end, type) => {
    const args = [
      `--kafka.${end}.brokers=${server.brokers.join(",")}`,
      `--kafka.${end}.authentication=plaintext`,
      `--kafka.${end}.plaintext.username=nobody`,
    ];
    const failure = await startDaemon(app, { args, env: { SPAN_STORAGE_TYPE: type } }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(failure)).toMatch(/exited with 1/);
    expect(String(failure)).toContain(`--kafka.${end}.authentication`);
  });
});
