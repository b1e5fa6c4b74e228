import { describe, expect, test } from "vitest";
import { readParameters } from "./parameters.ts";
import { templateStatements } from "./template.ts";

describe("the job's environment", () => {
  test("has v1's defaults for a test cluster", () => {
    const { connection, schema, waitTimeoutMs } = readParameters({ MODE: "test" });
    expect(schema).toEqual({
      keyspace: "jaeger_v1_test",
      replication: "{'class': 'SimpleStrategy', 'replication_factor': '1'}",
      traceTtlSeconds: 172800,
      dependenciesTtlSeconds: 0,
      compactionWindowSize: 96,
      compactionWindowUnit: "MINUTES",
    });
    expect(connection).toMatchObject({ servers: ["cassandra"], port: 9042 });
    expect(waitTimeoutMs).toBe(60_000);
  });

  test("has v1's defaults for production", () => {
    expect(readParameters({ MODE: "prod", DATACENTER: "dc1" }).schema).toMatchObject({
      keyspace: "jaeger_v1_dc1",
      replication: "{'class': 'NetworkTopologyStrategy', 'dc1': '2' }",
    });
  });

  test("may set everything", () => {
    const { connection, schema, tls } = readParameters({
      MODE: "test",
      KEYSPACE: "custom_ks",
      TRACE_TTL: "3600",
      DEPENDENCIES_TTL: "86400",
      COMPACTION_WINDOW: "2h",
      CQLSH_HOST: "db",
      CQLSH_PORT: "9043",
      CQLSH_SSL: "--ssl",
      SSL_VALIDATE: "false",
      CASSANDRA_USERNAME: "u",
      CASSANDRA_PASSWORD: "p",
    });
    expect(schema).toMatchObject({
      keyspace: "custom_ks",
      traceTtlSeconds: 3600,
      dependenciesTtlSeconds: 86400,
      compactionWindowSize: 2,
      compactionWindowUnit: "HOURS",
    });
    expect(connection).toEqual({ servers: ["db"], port: 9043, username: "u", password: "p" });
    expect(tls).toEqual({ authorityFile: "", skipHostVerify: true });
  });

  test("a window is never zero, however short spans live", () => {
    expect(readParameters({ MODE: "test", TRACE_TTL: "30" }).schema.compactionWindowSize).toBe(1);
    expect(readParameters({ MODE: "test", TRACE_TTL: "0" }).schema.compactionWindowSize).toBe(96);
  });

  test.each([
    [{}, "missing MODE parameter"],
    [{ MODE: "dev" }, "invalid MODE=dev, expecting 'prod' or 'test'"],
    [{ MODE: "prod" }, "missing DATACENTER parameter for prod mode"],
    [
      { MODE: "test", KEYSPACE: "bad-name" },
      "invalid characters in KEYSPACE=bad-name parameter, please use letters, digits or underscores",
    ],
    [{ MODE: "prod", DATACENTER: "a'b" }, "invalid characters in DATACENTER=a'b parameter"],
    [{ MODE: "test", COMPACTION_WINDOW: "5x" }, "Invalid compaction window size format."],
    [{ MODE: "test", COMPACTION_WINDOW: "h" }, "Invalid compaction window size format."],
    [{ MODE: "test", TRACE_TTL: "2 days" }, "TRACE_TTL=2 days is not a whole number"],
  ])("%j is refused", (environment, message) => {
    expect(() => readParameters(environment)).toThrow(message);
  });
});

test("a template's parameters are filled in and its comments left out", () => {
  const { schema } = readParameters({ MODE: "test", KEYSPACE: "ks" });
  const mark = (name: string) => ["$", "{", name, "}"].join("");
  const text = `-- note; with a semicolon\nCREATE KEYSPACE ${mark("keyspace")}\n WITH replication = ${mark("replication")};\n\nUSE ${mark("keyspace")};\n`;
  expect(templateStatements(text, schema)).toEqual([
    "CREATE KEYSPACE ks\n WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}",
    "USE ks",
  ]);
});
