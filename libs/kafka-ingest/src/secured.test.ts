import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientTls, KafkaError, type KafkaSasl } from "@spoor/kafka-client";
import {
  createTestCertificates,
  type KafkaServer,
  replaceServerStores,
  requireService,
  startKafka,
  startMuteServer,
} from "@spoor/services";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startIngester } from "./ingester.ts";
import type { IngesterOptions } from "./ingester-options.ts";
import { ledgerOf, metric, TestBench, until } from "./testing/test-bench.ts";
import { TextStore } from "./testing/text-store.ts";

const kafka = await requireService("kafka");

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.skipIf(!kafka.available)(
  "an ingester and a broker that wants certificate and password, and makes no topics",
  () => {
    let server: KafkaServer;
    let bench: TestBench;
    let tls: ClientTls;
    let expired: Buffer;
    let sasl: KafkaSasl;

    beforeAll(async () => {
      const settings = { "auto.create.topics.enable": false, "group.min.session.timeout.ms": 1000 };
      server = await startKafka({ version: "4.4.0", tls: "mutual", sasl: true, settings });
      const { certificates, username, password } = server;
      if (certificates === undefined) throw new Error("no certificates");
      tls = {
        ca: readFileSync(certificates.authority),
        cert: readFileSync(certificates.clientCertificate),
        key: readFileSync(certificates.clientKey),
      };
      expired = readFileSync(certificates.expiredClientCertificate);
      sasl = { mechanism: "SCRAM-SHA-512", username, password };
      bench = new TestBench(server.brokers, { tls, sasl });
    }, 300_000);
    afterAll(() => server?.close(), 60_000);

    const refusalOf = async (
      topic: string,
      security: Partial<IngesterOptions["connection"]>,
    ): Promise<KafkaError | unknown> => {
      const options = bench.options(topic, new TextStore());
      const failure = await failureOf(
        startIngester({ ...options, connection: { ...options.connection, ...security } }),
      );
      expect(failure).toBeInstanceOf(KafkaError);
      return failure;
    };
    const error = (code: string, text: string) => ({ code, message: expect.stringContaining(text) });

    it("do not come together with a wrong password, an expired certificate or none; errors name the flags", async () => {
      const topic = bench.newTopic();
      await bench.createTopic(topic);
      expect(await refusalOf(topic, { sasl: { ...sasl, password: "wrong" } })).toMatchObject(
        error("CREDENTIALS", "--kafka.consumer.plaintext.password"),
      );
      expect(await refusalOf(topic, { tls: { ...tls, cert: expired } })).toMatchObject(
        error("TLS", "--kafka.consumer.tls"),
      );
      expect(await refusalOf(topic, { tls: undefined })).toMatchObject(
        error("UNREACHABLE", "--kafka.consumer.brokers"),
      );
    }, 60_000);

    it("do not come together over a topic that is not there; the error names it and its flag", async () => {
      const failure = await refusalOf("no-such-topic", {});
      expect(failure).toMatchObject(error("TOPIC_MISSING", "no-such-topic (--kafka.consumer.topic)"));
    }, 60_000);

    it("do not come together where members have to be slower to be given up; the error names the flag", async () => {
      const topic = bench.newTopic();
      await bench.createTopic(topic);
      const options = { ...bench.options(topic, new TextStore()), sessionTimeoutMs: 500 };
      expect(await failureOf(startIngester(options))).toMatchObject(
        error("UNSUPPORTED", "--kafka.consumer.session-timeout"),
      );
    }, 60_000);

    it("wait for a topic of dead letters that is not there, saying so, and then go on", async () => {
      const topic = bench.newTopic();
      await bench.createTopic(topic);
      const traces = bench.traces(5);
      await bench.send(topic, [{ key: "k", value: "no span", partition: 0 }]);
      await bench.write(topic, traces);
      const lines: string[] = [];
      const store = new TextStore();
      const options = {
        ...bench.options(topic, store),
        logger: pino({ level: "error" }, { write: (line) => void lines.push(line) }),
      };
      const ingester = await startIngester(options);
      await until(() =>
        lines.some((line) => line.includes(`topic ${topic}.dead-letters (--ingester.dead-letter-topic)`)),
      );
      expect((await bench.offsets(topic)).committed).toBe(0);
      await bench.createTopic(`${topic}.dead-letters`);
      await bench.untilCommitted(topic, 51);
      await ingester.close();
      expect(store.hasAll(traces)).toBe(true);
      expect(await bench.headers(`${topic}.dead-letters`, 1)).toMatchObject([{ "spoor-reason": "undecodable" }]);
      expect(await metric(options.registry, "spoor_ingester_dead_letters_total")).toBe(1);
      expect(await ledgerOf(options.registry)).toMatchObject({ stored: 50, left: 0 });
    }, 60_000);

    // Comes last: the broker keeps the others.
    it("stay together when both get other certificates, and trust the old no more", async () => {
      const old = server.certificates;
      if (old === undefined) throw new Error("no certificates");
      const folder = await mkdtemp(join(tmpdir(), "spoor-certificates-"));
      const next = await createTestCertificates(folder);
      const topic = bench.newTopic();
      await bench.createTopic(topic);
      const store = new TextStore();
      let apply: (changed: ClientTls) => void = () => expect.unreachable();
      let isWatched = true;
      const options = { ...bench.options(topic, store), deadLetterTopic: undefined };
      const ingester = await startIngester({
        ...options,
        connection: {
          ...options.connection,
          watchTls(change) {
            apply = change;
            return {
              close() {
                isWatched = false;
              },
            };
          },
        },
      });
      const before = bench.traces(5);
      await bench.write(topic, before);
      await bench.untilCommitted(topic, 50);

      const renewed: ClientTls = {
        ca: readFileSync(next.authority),
        cert: readFileSync(next.clientCertificate),
        key: readFileSync(next.clientKey),
      };
      apply(renewed);
      await server.stop();
      await replaceServerStores(old, next, [next]);
      await server.start();
      const renewedBench = new TestBench(server.brokers, { tls: renewed, sasl });
      const after = bench.traces(5);
      await renewedBench.write(topic, after);
      await renewedBench.untilCommitted(topic, 100);
      expect(store.hasAll([...before, ...after])).toBe(true);
      await ingester.close();
      expect(isWatched).toBe(false);
      await rm(folder, { recursive: true });
    }, 120_000);
  },
);

it("an ingester that waits for a broker without an answer ends when it is told to, and leaves no connection", async () => {
  const broker = await startMuteServer();
  const bench = new TestBench([broker.address]);
  const stop = new AbortController();
  const options = bench.options("spans", new TextStore());
  const connection = { ...options.connection, requestTimeoutMs: 1000 };
  const starting = failureOf(startIngester({ ...options, connection }, stop.signal));
  await until(() => broker.connections() > 0);
  stop.abort(new Error("enough"));
  expect(await starting).toBe(stop.signal.reason);
  // Its request is still open.
  expect(broker.connections()).toBe(1);
  await until(() => broker.connections() === 0);
  await broker.close();
}, 60_000);
