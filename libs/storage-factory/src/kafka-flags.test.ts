import { type FlagDefinition, Settings, type TlsWatchers } from "@spoor/daemon";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { KAFKA_FLAGS, readKafkaOptions } from "./kafka-flags.ts";

function read(values: Readonly<Record<string, string>> = {}, watchers?: TlsWatchers) {
  const flags = new Map<string, FlagDefinition>(KAFKA_FLAGS.flags.map((flag) => [flag.name, flag]));
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [`kafka.producer.${name}`, [text]]));
  return readKafkaOptions(new Settings(flags, { commandLine, environment: {}, configFile: new Map() }), watchers);
}

describe("flags of the Kafka producer", () => {
  test("have v1's defaults, but for acknowledgements by all replicas", () => {
    expect(read()).toEqual({
      connection: {
        brokers: ["127.0.0.1:9092"],
        clientId: "spoor-collector",
        sasl: undefined,
        tls: undefined,
        flagPrefix: "kafka.producer",
      },
      topic: "jaeger-spans",
      encoding: "protobuf",
      acks: -1,
      compression: "none",
      compressionLevel: 0,
      lingerMs: 5,
      batchBytes: 0,
      batchMinMessages: 0,
      batchMaxMessages: 0,
      maxMessageBytes: 1_000_000,
      maxBufferedBytes: 64 * 1024 * 1024,
      oversize: "truncate",
    });
  });

  test("take v1's values", () => {
    const values = {
      brokers: "a:9092, b:9093",
      "required-acks": "LOCAL",
      compression: "zstd",
      "compression-level": "-5",
      "batch-linger": "0s",
      authentication: "plaintext",
      "plaintext.mechanism": "scram-sha-512",
      "plaintext.username": "u",
      "plaintext.password": "p",
    };
    expect(read(values)).toMatchObject({
      connection: {
        brokers: ["a:9092", "b:9093"],
        sasl: { mechanism: "SCRAM-SHA-512", username: "u", password: "p" },
      },
      acks: 1,
      compression: "zstd",
      compressionLevel: -5,
      lingerMs: 0,
    });
  });

  test("authentication by TLS needs no other switch", () => {
    expect(read({ authentication: "tls" }).connection.tls).toMatchObject({ skipHostVerify: false });
    expect(read({ "tls.enabled": "true", "tls.skip-host-verify": "true" }).connection.tls).toMatchObject({
      skipHostVerify: true,
    });
    expect(() => read({ "tls.ca": "/x" })).toThrow("kafka.producer.tls.* options cannot be used");
  });

  test("changed certificates are heard of, by any switch of TLS, where somebody wants to hear", async () => {
    const watchers = { logger: pino({ level: "silent" }), registry: new Registry() };
    const { connection } = read({ authentication: "tls" }, watchers);
    connection.watchTls?.(() => expect.unreachable()).close();
    expect(await watchers.registry.metrics()).toContain('{flags="kafka.producer.tls",result="ok"} 0');
    expect(read({}, watchers).connection).not.toHaveProperty("watchTls");
    expect(read({ authentication: "tls" }).connection).not.toHaveProperty("watchTls");
  });

  test.each([
    [{ encoding: "avro" }, "kafka encoding is not one of 'json' or 'protobuf'"],
    [{ "required-acks": "some" }, "--kafka.producer.required-acks"],
    [{ compression: "brotli" }, "--kafka.producer.compression"],
    [{ compression: "gzip", "compression-level": "10" }, "is not within valid range [1, 9]"],
    [{ authentication: "kerberos" }, "--kafka.producer.authentication=kerberos is not supported"],
    [{ authentication: "oauth" }, "Unknown/Unsupported authentication method oauth"],
    [{ authentication: "plaintext", "plaintext.mechanism": "MD5" }, "--kafka.producer.plaintext.mechanism"],
    [{ "oversized-spans": "drop" }, "--kafka.producer.oversized-spans"],
    [{ "batch-size": "-1" }, "--kafka.producer.batch-size"],
    [{ brokers: "" }, "--kafka.producer.brokers names no broker"],
  ])("%j is refused", (values, message) => {
    expect(() => read(values as unknown as Record<string, string>)).toThrow(message);
  });
});
