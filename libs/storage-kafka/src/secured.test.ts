import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientTls, KafkaSasl } from "@spoor/kafka-client";
import {
  createTestCertificates,
  type KafkaServer,
  replaceServerStores,
  requireService,
  startKafka,
  type TestCertificates,
} from "@spoor/services";
import { StorageError } from "@spoor/storage-api";
import { batchOf, SpanGenerator } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestStorage } from "./testing/open-test-storage.ts";
import { createTopic, deleteTopic, readTopic } from "./testing/read-topic.ts";

const kafka = await requireService("kafka");
const TOPIC = "spans";
const trace = new SpanGenerator(1, {}).trace({ spans: 5 });

interface Security {
  readonly sasl?: KafkaSasl;
  readonly tls?: ClientTls;
}

function open(server: KafkaServer, security: Security, topic = TOPIC) {
  const { brokers } = server;
  return openTestStorage(server, {
    topic,
    topicPatienceMs: 1000,
    connection: { brokers, clientId: "test", flagPrefix: "kafka.producer", ...security },
  });
}

async function writesWith(server: KafkaServer, security: Security): Promise<void> {
  const storage = await open(server, security);
  await storage.writer.write(batchOf(trace));
  await storage.close();
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(StorageError);
  return failure;
}

const unavailable = (...texts: readonly string[]) =>
  expect.objectContaining({
    code: "UNAVAILABLE",
    message: expect.stringMatching(new RegExp(texts.map((text) => `(?=[^]*${text.replaceAll(".", "\\.")})`).join(""))),
  });

describe.skipIf(!kafka.available)("a broker that wants a password and makes no topics", () => {
  let server: KafkaServer;

  beforeAll(async () => {
    server = await startKafka({ version: "4.4.0", sasl: true, settings: { "auto.create.topics.enable": false } });
    const { username, password } = server;
    await createTopic(server, TOPIC, {}, { sasl: { mechanism: "PLAIN", username, password } });
  }, 300_000);
  afterAll(() => server?.close(), 60_000);

  it.each(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const)("takes spans with %s", async (mechanism) => {
    const { username, password } = server;
    const sasl = { mechanism: "PLAIN" as const, username, password };
    const before = (await readTopic(server, TOPIC, { sasl })).length;
    await writesWith(server, { sasl: { mechanism, username, password } });
    expect(await readTopic(server, TOPIC, { sasl })).toHaveLength(before + trace.length);
  });

  it.each(["PLAIN", "SCRAM-SHA-512"] as const)(
    "refuses a wrong password with %s, and the error names the flag",
    async (mechanism) => {
      const sasl = { mechanism, username: server.username, password: "wrong" };
      expect(await failureOf(open(server, { sasl }))).toEqual(unavailable("--kafka.producer.plaintext.password"));
    },
  );

  it("does not answer a client without one, and the error says what may be missing", async () => {
    expect(await failureOf(open(server, {}))).toEqual(unavailable("--kafka.producer.brokers", "password"));
  });

  it("has no topic of another name, and the error names it and its flag", async () => {
    const sasl = { mechanism: "PLAIN" as const, username: server.username, password: server.password };
    const failure = await failureOf(open(server, { sasl }, "no-such-topic"));
    expect(failure).toEqual(unavailable("no-such-topic", "--kafka.producer.topic", "auto.create.topics.enable"));
  });

  it("can lose a topic that is written to: writes fail with its name, and succeed when it is there again", async () => {
    const { username, password, brokers } = server;
    const sasl = { mechanism: "PLAIN" as const, username, password };
    const topic = "comes-and-goes";
    await createTopic(server, topic, { partitions: 3 }, { sasl });
    const connection = { brokers, clientId: "test", flagPrefix: "kafka.producer", sasl };
    const storage = await openTestStorage(server, { topic, connection, deliveryTimeoutMs: 2000 });
    await storage.writer.write(batchOf(trace));
    await deleteTopic(server, topic, { sasl });
    expect(await failureOf(storage.writer.write(batchOf(trace)))).toEqual(unavailable(topic));
    await createTopic(server, topic, { partitions: 3 }, { sasl });
    const again = () => storage.writer.write(batchOf(trace));
    // A broker may take its time to know it.
    await again().catch(again).catch(again);
    await storage.close();
    expect(await readTopic(server, topic, { sasl })).toHaveLength(trace.length);
  }, 60_000);
});

describe.skipIf(!kafka.available)("a broker that speaks TLS and wants a certificate", () => {
  let server: KafkaServer;
  let folder: string;
  let tls: { ca: Buffer; cert: Buffer; key: Buffer };
  let others: { ca: Buffer; cert: Buffer; key: Buffer };
  let strange: TestCertificates;
  let expired: Buffer;

  beforeAll(async () => {
    server = await startKafka({ tls: "mutual", sasl: true });
    folder = await mkdtemp(join(tmpdir(), "spoor-certificates-"));
    const files = server.certificates;
    strange = await createTestCertificates(folder);
    const read = ({ authority, clientCertificate, clientKey }: TestCertificates) => ({
      ca: readFileSync(authority),
      cert: readFileSync(clientCertificate),
      key: readFileSync(clientKey),
    });
    if (files === undefined) throw new Error("no certificates");
    tls = read(files);
    expired = readFileSync(files.expiredClientCertificate);
    others = read(strange);
  }, 300_000);
  afterAll(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const sasl = () => ({ mechanism: "SCRAM-SHA-256" as const, username: server.username, password: server.password });

  it("takes spans over TLS with a password", async () => {
    await writesWith(server, { tls, sasl: sasl() });
    const { username, password } = server;
    const plain = { mechanism: "PLAIN" as const, username, password };
    expect(await readTopic(server, TOPIC, { tls, sasl: plain })).toHaveLength(trace.length);
  });

  it("need not be known where that is switched off", async () => {
    const { cert, key } = tls;
    await writesWith(server, { tls: { cert, key, skipHostVerify: true }, sasl: sasl() });
  });

  it("of an unknown authority is not believed, nor one of another name; the error names the flags", async () => {
    expect(await failureOf(open(server, { tls: { ...tls, ca: others.ca }, sasl: sasl() }))).toEqual(
      unavailable("--kafka.producer.tls"),
    );
    const serverName = "elsewhere.example";
    expect(await failureOf(open(server, { tls: { ...tls, serverName }, sasl: sasl() }))).toEqual(
      unavailable("--kafka.producer.tls"),
    );
  });

  it("refuses clients without a certificate of its authority", async () => {
    const { ca } = tls;
    expect(await failureOf(open(server, { tls: { ca }, sasl: sasl() }))).toEqual(unavailable("--kafka.producer"));
    const { cert, key } = others;
    expect(await failureOf(open(server, { tls: { ca, cert, key }, sasl: sasl() }))).toEqual(
      unavailable("--kafka.producer"),
    );
  });

  it("refuses a client whose certificate has expired", async () => {
    const failure = await failureOf(open(server, { tls: { ...tls, cert: expired }, sasl: sasl() }));
    // The broker does not tell what it has against it.
    expect(failure).toEqual(unavailable("--kafka.producer.tls", "certificate"));
  });

  // Comes last: the broker keeps the others.
  it("can get other certificates, and then want others, while spans are written: no write fails", async () => {
    const { certificates: old, brokers } = server;
    if (old === undefined) throw new Error("no certificates");
    let apply: (changed: ClientTls) => void = () => expect.unreachable();
    let isWatched = true;
    const storage = await openTestStorage(server, {
      topic: TOPIC,
      deliveryTimeoutMs: 120_000,
      connection: {
        ...{ brokers, clientId: "test", flagPrefix: "kafka.producer", sasl: sasl(), tls },
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
    let isStopping = false;
    let writes = 0;
    const writer = async () => {
      for (; !isStopping; writes++) await storage.writer.write(batchOf(trace));
    };
    const writing = writer();
    const restart = async (identity: TestCertificates, trusted: readonly TestCertificates[]) => {
      await server.stop();
      await replaceServerStores(old, identity, trusted);
      await server.start();
      const enough = writes + 5;
      while (writes < enough) await Promise.race([sleep(20), writing]);
    };

    apply({ ...tls, ca: Buffer.concat([tls.ca, others.ca]) });
    await restart(strange, [old, strange]);
    expect(() => apply({ ...others, key: others.key.subarray(0, 200) })).toThrow();
    apply(others);
    await restart(strange, [strange]);
    isStopping = true;
    await writing;
    await storage.close();
    expect(isWatched).toBe(false);
    expect(await failureOf(open(server, { tls: { ...others, ca: tls.ca }, sasl: sasl() }))).toEqual(
      unavailable("--kafka.producer.tls"),
    );
    expect(await failureOf(open(server, { tls: { ...tls, ca: others.ca }, sasl: sasl() }))).toEqual(
      unavailable("--kafka.producer"),
    );
  }, 180_000);
});

describe.skipIf(!kafka.available)("a broker whose certificate has expired", () => {
  let server: KafkaServer;

  beforeAll(async () => {
    server = await startKafka({ tls: "expired" });
  }, 300_000);
  afterAll(() => server?.close(), 60_000);

  it("is not believed, and the error says why; where that is switched off, it takes spans", async () => {
    if (server.certificates === undefined) throw new Error("no certificates");
    const ca = readFileSync(server.certificates.authority);
    expect(await failureOf(open(server, { tls: { ca } }))).toEqual(unavailable("--kafka.producer.tls", "expired"));
    await writesWith(server, { tls: { ca, skipHostVerify: true } });
  });
});
