import { type FlagDefinition, Settings } from "@spoor/daemon";
import { describe, expect, test } from "vitest";
import { CASSANDRA_FLAGS, readCassandraOptions } from "./cassandra-flags.ts";

function read(values: Readonly<Record<string, string>> = {}) {
  const flags = new Map<string, FlagDefinition>(CASSANDRA_FLAGS.flags.map((flag) => [flag.name, flag]));
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  return readCassandraOptions(new Settings(flags, { commandLine, environment: {}, configFile: new Map() }));
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
