import { type FlagDefinition, Settings, type TlsWatchers } from "@spoor/daemon";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { CASSANDRA_FLAGS, readCassandraOptions } from "./cassandra-flags.ts";

function read(values: Readonly<Record<string, string>> = {}, watchers?: TlsWatchers) {
  const flags = new Map<string, FlagDefinition>(CASSANDRA_FLAGS.flags.map((flag) => [flag.name, flag]));
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  return readCassandraOptions(new Settings(flags, { commandLine, environment: {}, configFile: new Map() }), watchers);
}

describe("Cassandra's flags", () => {
  test("have v1's defaults", () => {
    expect(read()).toEqual({
      connection: {
        servers: ["127.0.0.1"],
        port: 9042,
        keyspace: "jaeger_dc1",
        connectionsPerHost: 2,
        maxRetryAttempts: 3,
        timeoutMs: 0,
        connectTimeoutMs: 0,
        reconnectIntervalMs: 60_000,
        localDc: "",
        consistency: "LOCAL_ONE",
        protoVersion: 4,
        socketKeepAliveMs: 0,
        username: "",
        password: "",
        allowedAuthenticators: [],
        tls: undefined,
        flagPrefix: "cassandra",
      },
      index: { tags: true, processTags: true, logs: true, blacklist: [], whitelist: [] },
      writeCacheTtlMs: 43_200_000,
    });
  });

  test("may name several servers and tags", () => {
    const { connection, index } = read({
      "cassandra.servers": "a, b:9043",
      "cassandra.index.tag-blacklist": "x,y",
      "cassandra.index.logs": "false",
      "cassandra.consistency": "local_quorum",
    });
    expect(connection).toMatchObject({ servers: ["a", "b:9043"], consistency: "LOCAL_QUORUM" });
    expect(index).toMatchObject({ blacklist: ["x", "y"], logs: false });
  });

  test("the archive has the settings of the spans but for its own", () => {
    const { archive } = read({
      "cassandra.servers": "a",
      "cassandra.username": "u",
      "cassandra-archive.enabled": "true",
      "cassandra-archive.keyspace": "archive",
    });
    expect(archive).toMatchObject({
      servers: ["a"],
      username: "u",
      keyspace: "archive",
      flagPrefix: "cassandra-archive",
    });
  });

  test("both lists of tags, and an unknown consistency level, are refused", () => {
    const both = { "cassandra.index.tag-blacklist": "x", "cassandra.index.tag-whitelist": "y" };
    expect(() => read(both)).toThrow("only one of TagIndexBlacklist and TagIndexWhitelist can be specified");
    expect(() => read({ "cassandra.consistency": "MOST" })).toThrow(
      '--cassandra.consistency: unknown consistency level "MOST"',
    );
    expect(() => read({ "cassandra.tls.ca": "/x" })).toThrow("cassandra.tls.* options cannot be used");
  });

  test("changed certificates are heard of where somebody wants to hear, of the archive's by the flags that name them", async () => {
    const watchers = { logger: pino({ level: "silent" }), registry: new Registry() };
    const values = { "cassandra.tls.enabled": "true", "cassandra-archive.enabled": "true" };
    const watchesOf = async (more: Record<string, string>) => {
      const { archive } = read({ ...values, ...more }, watchers);
      archive?.watchTls?.(() => expect.unreachable()).close();
      const shown = await watchers.registry.metrics();
      return [...shown.matchAll(/flags="(.*)",result="ok"/g)].map(([, flags]) => flags);
    };
    expect(await watchesOf({})).toEqual(["cassandra.tls"]);
    expect(await watchesOf({ "cassandra-archive.tls.enabled": "true" })).toEqual([
      "cassandra.tls",
      "cassandra-archive.tls",
    ]);
    expect(read(values).connection).not.toHaveProperty("watchTls");
    expect(read({}, watchers).connection).not.toHaveProperty("watchTls");
  });

  test("have names of their own", () => {
    const names = CASSANDRA_FLAGS.flags.map((flag) => flag.name);
    expect(new Set(names).size).toBe(names.length);
    const members = (prefix: string) =>
      names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    // The archive is switched on; spans are counted.
    const ofArchive = members("cassandra-archive.").filter((name) => name !== "enabled");
    expect(members("cassandra.").filter((name) => name !== "count-dependencies")).toEqual(ofArchive);
  });
});
