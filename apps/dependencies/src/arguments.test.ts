import { describe, expect, it } from "vitest";
import { daysOf, dayText } from "./days.ts";
import { flagEnvironment, withoutEffect } from "./environment.ts";
import { FLAGS } from "./flags.ts";

const NOW = Date.parse("2026-11-24T23:59:59Z");
const days = (words: readonly string[], date = "") => daysOf(words, date, NOW).map(dayText);

describe("the days", () => {
  it("are today, the one of the environment, the one named, or all from the first to the last", () => {
    expect(days([])).toEqual(["2026-11-24"]);
    expect(days([], "2026-11-20")).toEqual(["2026-11-20"]);
    expect(days(["2026-11-21"], "2026-11-20")).toEqual(["2026-11-21"]);
    expect(days(["2026-02-27", "2026-03-01"])).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
  });

  it.each([
    [["yesterday"], '"yesterday" is no date such as 2026-11-24'],
    [["2026-02-30"], '"2026-02-30" is no date'],
    [["2026-2-3"], '"2026-2-3" is no date'],
    [["2026-11-24", "2026-11-23"], "2026-11-23 is before 2026-11-24"],
    [["1990-01-01", "2026-01-01"], "days are too many"],
  ])("%j are refused", (words, message) => {
    expect(() => days(words)).toThrow(message);
  });
});

describe("the flags", () => {
  const shown = FLAGS.flatMap(({ flags }) => flags).filter(({ hidden }) => hidden !== true);

  it("are those that matter for reading spans and writing links", () => {
    const names = shown.map(({ name }) => name);
    for (const name of ["storage", "cassandra.servers", "cassandra.tls.ca", "es.server-urls", "es.use-aliases"])
      expect(names).toContain(name);
    expect(names.filter((name) => /archive|bulk|index\.tags|num-shards/.test(name))).toEqual([]);
  });

  it("have the keyspace of v1's job as default", () => {
    expect(shown.find(({ name }) => name === "cassandra.keyspace")?.default).toBe("jaeger_v1_dc1");
  });
});

describe("the environment", () => {
  it("of v1's job for Cassandra becomes that of the flags", () => {
    expect(flagEnvironment({ CASSANDRA_CONTACT_POINTS: "a,b:9043", CASSANDRA_USE_SSL: "true" })).toMatchObject({
      CASSANDRA_SERVERS: "a,b:9043",
      CASSANDRA_TLS_ENABLED: "true",
    });
  });

  it("takes hosts of Elasticsearch with and without scheme and port", () => {
    const urls = (nodes: string) => flagEnvironment({ ES_NODES: nodes }).ES_SERVER_URLS;
    expect(urls("es-1, es-2:9201,https://es-3:443")).toBe("http://es-1:9200,http://es-2:9201,https://es-3:443");
  });

  it("takes OS_ for ES_ with OpenSearch", () => {
    const environment = { OS_NODES: "http://os:9200", OS_INDEX_PREFIX: "prod", OS_SSL_CERT_ALLOW_SELF_SIGNED: "true" };
    expect(flagEnvironment(environment)).toMatchObject({
      ES_SERVER_URLS: "http://os:9200",
      ES_INDEX_PREFIX: "prod",
      ES_TLS_SKIP_HOST_VERIFY: "true",
    });
  });

  it("leaves to the daemons' variables what they say", () => {
    const environment = { CASSANDRA_SERVERS: "mine", CASSANDRA_CONTACT_POINTS: "other", CASSANDRA_KEYSPACE: "ks" };
    expect(flagEnvironment(environment)).toMatchObject({ CASSANDRA_SERVERS: "mine", CASSANDRA_KEYSPACE: "ks" });
  });

  it("tells what has no effect", () => {
    expect(withoutEffect({ SPARK_MASTER: "local[*]", ES_TIME_RANGE: "", STORAGE: "cassandra" })).toEqual([
      "SPARK_MASTER",
    ]);
  });
});
