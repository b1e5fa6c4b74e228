import { readFileSync } from "node:fs";
import { requireService, SHARED_START_TIMEOUT_MS, sharedKafka, uniqueName } from "@spoor/services";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENTS } from "./clients.ts";
import { metricsOf, unaccounted } from "./kafka-topology.ts";
import { bigTrace } from "./otlp-request.ts";
import { dependencyLinks, eventually, findTraces, sendOtlp, traceById } from "./query-client.ts";
import { runApp } from "./run-app.ts";
import { CASSANDRA, ELASTICSEARCH, type Environment, type PreparedStore } from "./stores.ts";

const kafka = await requireService("kafka");
const client = CLIENTS.find(({ name }) => name === "OpenTelemetry exporter-trace-otlp-grpc");

for (const kind of [CASSANDRA, ELASTICSEARCH]) {
  const store = await requireService(kind.service);
  const reason = kafka.available ? store.reason : kafka.reason;
  describe.skipIf(!kafka.available || !store.available)(`collector, Kafka, ingester, ${kind.type} ${reason}`, () => {
    let prepared: PreparedStore;
    let release: () => void;
    let collector: Daemon;
    let ingester: Daemon;
    let query: Daemon;
    const start = (app: string, type: string, environment: Environment) =>
      startDaemon(app, { env: { SPAN_STORAGE_TYPE: type, ...environment } });

    beforeAll(async () => {
      const [broker, place] = await Promise.all([sharedKafka(), kind.prepare()]);
      release = broker.release;
      prepared = place;
      const topic = uniqueName("spans");
      const producer = { KAFKA_PRODUCER_BROKERS: broker.brokers.join(","), KAFKA_PRODUCER_TOPIC: topic };
      const consumer = {
        KAFKA_CONSUMER_BROKERS: broker.brokers.join(","),
        KAFKA_CONSUMER_TOPIC: topic,
        KAFKA_CONSUMER_GROUP_ID: topic,
      };
      // Strategies are counted in the store, for Kafka cannot be asked.
      const sampling = { SAMPLING_CONFIG_TYPE: "adaptive", SAMPLING_STORAGE_TYPE: kind.type };
      collector = await start("collector", "kafka", { ...producer, ...sampling, ...prepared.environment });
      ingester = await start("ingester", kind.type, { ...consumer, ...prepared.environment });
      query = await start("query", kind.type, prepared.environment);
    }, SHARED_START_TIMEOUT_MS);
    afterAll(async () => {
      await Promise.all([collector, ingester, query].map((daemon) => daemon?.stop()));
      prepared?.release();
      release?.();
    });

    it("shows at the query API what an OpenTelemetry client sent to the collector", async () => {
      await client?.sendTrace(collector, "shop");
      const [trace] = await eventually(
        () => findTraces(query, "shop"),
        (traces) => traces[0]?.spans.length === 2,
        30_000,
      );
      const parent = trace?.spans.find(({ operationName }) => operationName === "parent");
      const child = trace?.spans.find(({ operationName }) => operationName === "child");
      expect(child?.references.map(({ spanID }) => spanID)).toEqual([parent?.spanID]);
      expect(parent?.tags).toContainEqual({ key: "http.method", type: "string", value: "GET" });
      expect(child?.logs).toHaveLength(1);
    });

    it("has every metric of v1's ingester, with its type and labels", async () => {
      const page = await metricsOf(ingester);
      const recorded = readFileSync(new URL("./fixtures/ingester-metrics.txt", import.meta.url), "utf8").trimEnd();
      for (const line of recorded.split("\n")) {
        const [name = "", type = "", ...labels] = line.trimEnd().split(" ");
        expect(page).toContain(`# TYPE ${name} ${type}\n`);
        const [, sample] = new RegExp(`^${name}\\{([^}]*)\\} `, "m").exec(page) ?? [];
        if (sample === undefined) continue;
        const found = [...sample.matchAll(/([a-z_]+)="/g)].map((match) => match[1]);
        expect(found.sort(), name).toEqual(labels.map((label) => label.split("=")[0]).sort());
      }
    });

    it("every span is accounted for, and both daemons end in order; calls between services are counted by then", async () => {
      const tree = bigTrace("factory", 100);
      for (const body of tree.bodies) await sendOtlp(collector, body);
      await eventually(
        () => traceById(query, tree.traceId),
        (trace) => trace?.spans.length === 100,
        30_000,
      );
      expect(await unaccounted(collector)).toBe(0);
      expect(await unaccounted(ingester)).toBe(0);
      expect(await collector.stop()).toBe(0);
      // What an ingester has not counted yet, it counts when it ends.
      expect(await ingester.stop()).toBe(0);
      const links = await eventually(
        () => dependencyLinks(query),
        (found) => found.length === 2,
      );
      expect(links).toEqual([
        { parent: "factory", child: "factory-store", callCount: 18 },
        { parent: "factory-store", child: "factory", callCount: 81 },
      ]);
    });
  });
}

it.each(["query", "all-in-one"])("%s over Kafka does not start, and says why in v1's words", async (app) => {
  const { code, output } = await runApp(app, [], { SPAN_STORAGE_TYPE: "kafka" });
  expect(output).toContain("kafka storage is write-only");
  expect(code).toBe(1);
});
