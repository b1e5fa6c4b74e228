import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CassandraServer, type KafkaServer, requireService, startCassandra, startKafka } from "@spoor/services";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  accountOf,
  caughtUp,
  faultyTraces,
  type Load,
  later,
  metricsOf,
  startLoad,
  sumOf,
  unaccounted,
} from "./kafka-topology.ts";
import { SPANS_PER_TRACE } from "./otlp-request.ts";
import { eventually } from "./query-client.ts";
import { createKeyspace, type Environment } from "./stores.ts";

const PARTITIONS = 6;
const SPANS_A_SECOND = 1000;
const LOAD = { spansPerSecond: SPANS_A_SECOND, tracesPerRequest: 10, lanes: 4 };
const MIB = 1024 * 1024;

const kafka = await requireService("kafka");
const cassandra = await requireService("cassandra");

const start = (app: string, type: string, environment: Environment) =>
  startDaemon(app, { env: { SPAN_STORAGE_TYPE: type, ...environment } });
const producer = (server: KafkaServer): Environment => ({
  KAFKA_PRODUCER_BROKERS: server.brokers.join(","),
  KAFKA_PRODUCER_COMPRESSION: "snappy",
});
const consumer = (server: KafkaServer): Environment => ({ KAFKA_CONSUMER_BROKERS: server.brokers.join(",") });

async function expectAllStored(load: Load, query: Daemon, what: string): Promise<void> {
  const spans = load.acknowledged.length * SPANS_PER_TRACE;
  console.log(`${what}: ${spans} spans acknowledged, ${load.failed()} requests failed`);
  expect(spans).toBeGreaterThan(5000);
  expect(await faultyTraces(query, load)).toEqual([]);
}

describe.skipIf(!kafka.available || !cassandra.available)("collector, Kafka, ingesters, Cassandra", () => {
  let server: KafkaServer;
  let store: CassandraServer;
  let storeEnvironment: Environment;
  let collector: Daemon;
  let query: Daemon;
  const started: Daemon[] = [];
  const startIngester = async () => {
    const ingester = await start("ingester", "cassandra", { ...consumer(server), ...storeEnvironment });
    started.push(ingester);
    return ingester;
  };

  beforeAll(async () => {
    [server, store] = await Promise.all([
      startKafka({ settings: { "num.partitions": PARTITIONS } }),
      startCassandra({ heapMb: 512 }),
    ]);
    await createKeyspace(store.host, store.port, "faults");
    storeEnvironment = {
      CASSANDRA_SERVERS: store.host,
      CASSANDRA_PORT: String(store.port),
      CASSANDRA_KEYSPACE: "faults",
      CASSANDRA_RECONNECT_INTERVAL: "2s",
    };
    collector = await start("collector", "kafka", producer(server));
  }, 300_000);
  // One of a test that failed must not be a member of the next one's group.
  afterEach(async () => {
    await Promise.all(started.splice(0).map((ingester) => ingester.stop()));
  }, 60_000);
  afterAll(async () => {
    await Promise.all([collector, query].map((daemon) => daemon?.stop()));
    await Promise.all([server?.close(), store?.close()]);
  }, 60_000);

  it("a store that is down for a minute costs nothing; memory stays bounded, and the backlog goes faster than it came", async () => {
    const ingester = await startIngester();
    const load = startLoad(() => collector, LOAD);
    await eventually(
      () => accountOf(ingester),
      ({ stored }) => stored > 10_000,
      60_000,
    );
    const rssBefore = rssOf(ingester);
    await store.stop();
    const downMs = performance.now();
    const acknowledgedBefore = load.acknowledged.length;
    await later(60_000);
    const backlog = sumOf(await metricsOf(ingester), "jaeger_ingester_sarama_consumer_offset_lag") ?? 0;
    const rssDown = rssOf(ingester);
    expect((await fetch(ingester.url("admin", "/ready"))).status).toBe(503);
    expect((await fetch(ingester.url("admin"))).status).toBe(200);
    await store.start();
    const backMs = performance.now();
    const cameASecond = ((load.acknowledged.length - acknowledgedBefore) * SPANS_PER_TRACE * 1000) / (backMs - downMs);
    const storedBefore = (await accountOf(ingester)).stored;
    await caughtUp(server.brokers, 300_000, SPANS_A_SECOND);
    // It went while as much as before kept coming.
    const drainMs = performance.now() - backMs;
    const wentASecond = (((await accountOf(ingester)).stored - storedBefore) * 1000) / drainMs;
    const rssDrained = rssOf(ingester);
    await load.stop();
    await caughtUp(server.brokers, 60_000);
    console.log(
      `store away for ${seconds(backMs - downMs)}: ${backlog} messages behind after a minute, none ${seconds(drainMs)} after it was back; ` +
        `they came at ${cameASecond.toFixed(0)} a second and went at ${wentASecond.toFixed(0)}; ` +
        `RSS ${mib(rssBefore)} before, ${mib(rssDown)} while away, ${mib(rssDrained)} drained`,
    );
    expect(backlog).toBeGreaterThan(30_000);
    expect(wentASecond).toBeGreaterThan(cameASecond);
    expect(rssDown - rssBefore).toBeLessThan(100 * MIB);
    expect(rssDrained).toBeLessThan(700 * MIB);
    expect(await unaccounted(collector)).toBe(0);
    expect(await unaccounted(ingester)).toBe(0);
    expect(await ingester.stop()).toBe(0);
    query = await start("query", "cassandra", storeEnvironment);
    await expectAllStored(load, query, "store down");
  }, 600_000);

  it("ingesters that come and go, some of them killed, lose nothing and double nothing", async () => {
    query ??= await start("query", "cassandra", storeEnvironment);
    const load = startLoad(() => collector, LOAD);
    const ingesters: Daemon[] = [await startIngester()];
    for (let round = 0; round < 4; round++) {
      ingesters.push(await startIngester());
      await later(5000);
      const oldest = ingesters.shift();
      if (round % 2 === 0) expect(await oldest?.stop()).toBe(0);
      else await oldest?.kill();
      await later(3000);
    }
    ingesters.push(await startIngester(), await startIngester());
    await later(8000);
    await load.stop();
    await caughtUp(server.brokers, 120_000);
    for (const ingester of ingesters) {
      expect(await unaccounted(ingester)).toBe(0);
      expect(await ingester.stop()).toBe(0);
    }
    expect(await unaccounted(collector)).toBe(0);
    await expectAllStored(load, query, "rebalances");
  }, 400_000);
});

describe.skipIf(!kafka.available)("collector, three brokers, ingester and a store", () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-kafka-faults-"));
  const embedded = { EMBEDDED_DIRECTORY: directory };
  let server: KafkaServer;
  let collector: Daemon;
  let ingester: Daemon;

  beforeAll(async () => {
    server = await startKafka({ brokers: 3, settings: { "num.partitions": PARTITIONS } });
    collector = await start("collector", "kafka", producer(server));
    ingester = await start("ingester", "embedded", { ...consumer(server), ...embedded });
  }, 300_000);
  afterAll(async () => {
    await Promise.all([collector, ingester].map((daemon) => daemon?.stop()));
    await server?.close();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  it("brokers that are restarted one after another, and all killed at once in the end, lose nothing", async () => {
    const load = startLoad(() => collector, LOAD);
    const goesOn = async () => {
      const before = load.acknowledged.length;
      const { stored } = await accountOf(ingester);
      await eventually(
        async () => load.acknowledged.length,
        (count) => count > before + 500,
        60_000,
      );
      await eventually(
        () => accountOf(ingester),
        (account) => account.stored > stored + 2000,
        60_000,
      );
    };
    await goesOn();
    for (const node of server.nodes) {
      await node.stop();
      await goesOn();
      await node.start();
      await later(5000);
    }
    await server.kill();
    await later(5000);
    await server.start();
    await goesOn();
    await load.stop();
    await caughtUp(server.brokers, 120_000);
    expect(await unaccounted(collector)).toBe(0);
    expect(await unaccounted(ingester)).toBe(0);
    expect(await collector.stop()).toBe(0);
    expect(await ingester.stop()).toBe(0);
    const query = await start("query", "embedded", embedded);
    try {
      await expectAllStored(load, query, "three brokers");
    } finally {
      await query.stop();
    }
  }, 400_000);
});

/** Resident memory of a daemon, bytes. */
function rssOf({ pid }: Daemon): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
