import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KafkaServer, requireService, startKafka } from "@spoor/services";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { otlpRequest, SPANS_PER_TRACE } from "./otlp-request.ts";
import { eventually, type UiTrace } from "./query-client.ts";

/** The long run kills as often as the promise was made for; the default run shows that it holds at all. */
const KILLS = process.env.SPOOR_LONG_TESTS === "1" ? 20 : 2;
const LANES = 4;
const TRACES_PER_REQUEST = 5;

const kafka = await requireService("kafka");

describe.skipIf(!kafka.available)("collector, Kafka, ingester and a store, both daemons killed under load", () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-kafka-e2e-"));
  const acknowledged: string[] = [];
  let server: KafkaServer;
  let collector: Daemon;
  let ingester: Daemon;

  beforeAll(async () => {
    server = await startKafka({ settings: { "num.partitions": 4 } });
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
      args: [`--kafka.consumer.brokers=${server.brokers.join(",")}`, `--embedded.directory=${directory}`],
      env: { SPAN_STORAGE_TYPE: "embedded" },
    });

  it(
    `every acknowledged span is stored, and none is seen twice, after ${KILLS} kills of each`,
    async () => {
      const load = new AbortController();
      const lanes = Array.from({ length: LANES }, () => sendUntil(() => collector, load.signal, acknowledged));
      for (let kill = 0; kill < KILLS; kill++) {
        await later(1000 + Math.random() * 1000);
        await ingester.kill();
        ingester = await startIngester();
        await later(500 + Math.random() * 500);
        const before = acknowledged.length;
        await collector.kill();
        collector = await startCollector(collector.ports);
        await eventually(
          async () => acknowledged.length,
          (count) => count > before,
        );
      }
      load.abort();
      await Promise.all(lanes);

      const sent = acknowledged.length * SPANS_PER_TRACE;
      await eventually(
        () => lagOf(ingester),
        (lag) => lag === 0,
        60_000,
      );
      expect(await collector.stop()).toBe(0);
      expect(await ingester.stop()).toBe(0);
      const query = await startDaemon("query", {
        args: [`--embedded.directory=${directory}`],
        env: { SPAN_STORAGE_TYPE: "embedded" },
      });
      try {
        expect(sent).toBeGreaterThan(1000);
        await expectComplete(query, acknowledged);
      } finally {
        await query.stop();
      }
    },
    60_000 + KILLS * 60_000,
  );

  it("a collector that cannot log in says which flag to look at, and does not start", async () => {
    const args = [
      `--kafka.producer.brokers=${server.brokers.join(",")}`,
      "--kafka.producer.authentication=plaintext",
      "--kafka.producer.plaintext.username=nobody",
    ];
    const failure = await startDaemon("collector", { args, env: { SPAN_STORAGE_TYPE: "kafka" } }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(failure)).toMatch(/exited with 1/);
    expect(String(failure)).toContain("--kafka.producer.authentication");
  });

  /** The sum over partitions, once the ingester holds all of them. */
  async function lagOf(daemon: Daemon): Promise<number> {
    const text = await (await fetch(daemon.url("admin", "/metrics"))).text();
    const held = /^jaeger_ingester_sarama_consumer_partitions_held(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1];
    const lags = [...text.matchAll(/^jaeger_ingester_sarama_consumer_offset_lag\{[^}]*\} (\d+)/gm)];
    if (held !== "4" || lags.length === 0) return Number.POSITIVE_INFINITY;
    return lags.reduce((sum, [, lag]) => sum + Number(lag), 0);
  }
});

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Sends request after request and notes the traces of those that were acknowledged. */
async function sendUntil(daemonOf: () => Daemon, signal: AbortSignal, acknowledged: string[]): Promise<void> {
  while (!signal.aborted) {
    const { body, traceIds } = otlpRequest("kafka", TRACES_PER_REQUEST);
    const ok = await fetch(daemonOf().url("otlpHttp", "/v1/traces"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).then(
      (reply) => reply.ok,
      () => false,
    );
    if (ok) acknowledged.push(...traceIds);
    else await later(50);
  }
}

async function expectComplete(daemon: Daemon, traceIds: readonly string[]): Promise<void> {
  for (let i = 0; i < traceIds.length; i += 50) {
    const ids = traceIds.slice(i, i + 50);
    const reply = await fetch(daemon.url("queryHttp", `/api/traces?${ids.map((id) => `traceID=${id}`).join("&")}`));
    const { data } = (await reply.json()) as { readonly data: readonly UiTrace[] };
    const spanIds = new Map(
      data.map((trace) => [trace.traceID.padStart(32, "0"), trace.spans.map((span) => span.spanID)]),
    );
    for (const id of ids) {
      const found = spanIds.get(id) ?? [];
      expect(found.length, `spans of acknowledged trace ${id}`).toBe(SPANS_PER_TRACE);
      expect(new Set(found).size).toBe(SPANS_PER_TRACE);
    }
  }
}
