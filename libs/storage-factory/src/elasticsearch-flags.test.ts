import { readFileSync } from "node:fs";
import { type FlagDefinition, Settings } from "@spoor/daemon";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { ELASTICSEARCH_FLAGS, elasticsearchOptions } from "./elasticsearch-flags.ts";

const flags = new Map<string, FlagDefinition>(ELASTICSEARCH_FLAGS.flags.map((flag) => [flag.name, flag]));

function settings(values: Readonly<Record<string, string>> = {}): Settings {
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  return new Settings(flags, { commandLine, environment: {}, configFile: new Map() });
}

describe("flags of Elasticsearch", () => {
  const lines = readFileSync(new URL("fixtures/v1-elasticsearch-flags.tsv", import.meta.url), "utf8")
    .trim()
    .split("\n");

  test.each(lines.map((line) => line.split("\t")))("--%s is v1's, a %s", (name = "", type = "", value = "") => {
    expect(flags.get(name)?.type).toBe(type);
    const none = type === "bool" ? "false" : type === "int" || type === "uint" ? "0" : "";
    expect(settings().text(name)).toBe(value === "" ? none : value);
  });

  test("become the options of the store", () => {
    const options = elasticsearchOptions(
      settings({
        "es.server-urls": "http://a:9200, https://b:9200/path",
        "es.index-prefix": "team",
        "es.index-rollover-frequency-spans": "hour",
        "es.priority-span-template": "7",
        "es.prioirity-service-template": "8",
        "es.tags-as-fields.include": "a.b,c",
        "es.bulk.actions": "0",
      }),
      "es",
      "opensearch",
    );
    expect(options).toMatchObject({
      kind: "opensearch",
      archive: false,
      servers: ["http://a:9200", "https://b:9200/path"],
      indexPrefix: "team",
      spanFrequency: "hour",
      serviceFrequency: "day",
      spanPriority: 7,
      servicePriority: 8,
      maxSpanAgeMs: 259_200_000,
      maxStartAgeMs: 2_592_000_000,
      maxStartAheadMs: 86_400_000,
      tagsAsFields: { all: false, include: ["a.b", "c"], dotReplacement: "@" },
      bulk: { actions: Number.MAX_SAFE_INTEGER, bytes: 5_000_000, workers: 1, flushIntervalMs: 200 },
    });
    expect(options).not.toHaveProperty("countDependencies");
    const uncounted = settings({ "es.count-dependencies": "false" });
    expect(elasticsearchOptions(uncounted, "es", "opensearch")).toMatchObject({ countDependencies: false });
    expect(elasticsearchOptions(settings(), "es-archive", "elasticsearch")).toMatchObject({ archive: true });
  });

  test("changed certificates are heard of where somebody wants to hear", async () => {
    const watchers = { logger: pino({ level: "silent" }), registry: new Registry() };
    const withTls = settings({ "es-archive.tls.enabled": "true" });
    elasticsearchOptions(withTls, "es-archive", "opensearch", watchers)
      .watchTls?.(() => expect.unreachable())
      .close();
    expect(await watchers.registry.metrics()).toContain('{flags="es-archive.tls",result="ok"} 0');
    expect(elasticsearchOptions(withTls, "es", "opensearch", watchers)).not.toHaveProperty("watchTls");
    expect(elasticsearchOptions(withTls, "es-archive", "opensearch")).not.toHaveProperty("watchTls");
  });

  test.each([
    [{ "es.server-urls": "127.0.0.1:9200" }, "--es.server-urls must be a comma list of URLs"],
    [{ "es.use-ilm": "true" }, "--es.use-ilm must always be used in conjunction with --es.use-aliases"],
    [{ "es.tags-as-fields.config-file": "/nowhere" }, "cannot read --es.tags-as-fields.config-file /nowhere"],
    [{ "es.tls.ca": "/ca.pem" }, "es.tls.* options cannot be used when es.tls.enabled is false"],
  ])("%j is refused", (values, message) => {
    expect(() => elasticsearchOptions(settings(values as Record<string, string>), "es", "elasticsearch")).toThrow(
      message,
    );
  });
});
