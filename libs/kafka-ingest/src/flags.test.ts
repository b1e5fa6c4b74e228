import { type FlagDefinition, Settings } from "@spoor/daemon";
import { describe, expect, test } from "vitest";
import { INGESTER_FLAGS, readDownsampling, readIngesterOptions } from "./flags.ts";

function settings(values: Readonly<Record<string, string>> = {}): Settings {
  const flags = new Map<string, FlagDefinition>(INGESTER_FLAGS.flags.map((flag) => [flag.name, flag]));
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  return new Settings(flags, { commandLine, environment: {}, configFile: new Map() });
}

describe("flags of the ingester", () => {
  test("have v1's defaults, but begin at the earliest offset and keep dead letters", () => {
    expect(readIngesterOptions(settings())).toEqual({
      connection: {
        brokers: ["127.0.0.1:9092"],
        clientId: "jaeger-ingester",
        sasl: undefined,
        tls: undefined,
        flagPrefix: "kafka.consumer",
      },
      topic: "jaeger-spans",
      groupId: "jaeger-ingester",
      encoding: "protobuf",
      initialOffset: "earliest",
      maxBytesPerPartition: 1_048_576,
      rackId: "",
      parallelism: 1000,
      sessionTimeoutMs: 10_000,
      deadLetterTopic: "jaeger-spans.dead-letters",
      stallIntervalMs: 0,
      readyMaxLag: 0,
    });
    expect(readDownsampling(settings())).toEqual({ downsamplingRatio: 1, hashSalt: "" });
  });

  test("take other values", () => {
    const given = {
      "kafka.consumer.topic": "spans",
      "kafka.consumer.encoding": "zipkin-thrift",
      "kafka.consumer.initial-offset": "latest",
      "kafka.consumer.session-timeout": "6s",
      "ingester.deadlockInterval": "1m",
      "ingester.dead-letter-topic": "letters",
    };
    expect(readIngesterOptions(settings(given))).toMatchObject({
      topic: "spans",
      encoding: "zipkin-thrift",
      initialOffset: "latest",
      sessionTimeoutMs: 6000,
      stallIntervalMs: 60_000,
      deadLetterTopic: "letters",
    });
    expect(readIngesterOptions(settings({ "ingester.dead-letters": "false" })).deadLetterTopic).toBeUndefined();
  });

  test.each([
    [
      "kafka.consumer.encoding",
      "avro",
      /encoding 'avro' not recognised, use one of \("protobuf", "json", "zipkin-thrift"\)/,
    ],
    ["kafka.consumer.initial-offset", "middle", /--kafka\.consumer\.initial-offset middle/],
    ["kafka.consumer.session-timeout", "10ms", /--kafka\.consumer\.session-timeout 10 ms is below a second/],
    ["kafka.consumer.fetch-max-message-bytes", "0", /--kafka\.consumer\.fetch-max-message-bytes 0/],
    ["kafka.consumer.authentication", "kerberos", /--kafka\.consumer\.authentication=kerberos is not supported.*SCRAM/],
    ["kafka.consumer.authentication", "magic", /Unknown\/Unsupported authentication method magic/],
    ["kafka.consumer.brokers", " ", /--kafka\.consumer\.brokers/],
    ["ingester.parallelism", "many", /--ingester\.parallelism many/],
  ])("refuse --%s=%s", (name, value, message) => {
    expect(() => readIngesterOptions(settings({ [name]: value }))).toThrow(message);
  });

  test("refuse a ratio of spans that is none", () => {
    expect(() => readDownsampling(settings({ "downsampling.ratio": "1.5" }))).toThrow(/--downsampling\.ratio 1\.5/);
  });
});
