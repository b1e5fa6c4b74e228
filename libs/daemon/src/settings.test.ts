import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCommandLine } from "./command-line.ts";
import { type ConfigValues, readConfigFile } from "./config-file.ts";
import type { FlagDefinition } from "./flag-definition.ts";
import { Settings } from "./settings.ts";

const FLAGS: readonly FlagDefinition[] = [
  { name: "collector.grpc-server.host-port", type: "string", default: ":14250", description: "" },
  { name: "collector.num-workers", type: "int", default: 50, description: "" },
  { name: "collector.queue-size-memory", type: "uint", default: 0, description: "" },
  { name: "collector.otlp.enabled", type: "bool", default: true, description: "" },
  { name: "downsampling.ratio", type: "float", default: 1, description: "" },
  { name: "sampling.strategies-reload-interval", type: "duration", default: 0, description: "" },
  { name: "query.additional-headers", type: "strings", default: [], description: "" },
  { name: "config-file", type: "string", default: "", description: "" },
];
const known = new Map(FLAGS.map((flag) => [flag.name, flag]));

function settings(
  args: readonly string[],
  environment: Record<string, string> = {},
  configFile: ConfigValues = new Map(),
): Settings {
  return new Settings(known, { commandLine: parseCommandLine(args, known).given, environment, configFile });
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "spoor-settings-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe("the command line", () => {
  test("takes a value after = or as the next word, and bools without one", () => {
    const read = settings(["--collector.num-workers", "7", "--downsampling.ratio=0.5", "--collector.otlp.enabled"]);
    expect(read.int("collector.num-workers")).toBe(7);
    expect(read.float("downsampling.ratio")).toBe(0.5);
    expect(read.bool("collector.otlp.enabled")).toBe(true);
  });

  test("takes bools in Go's spellings", () => {
    for (const text of ["0", "f", "F", "false", "FALSE", "False"]) {
      expect(settings([`--collector.otlp.enabled=${text}`]).bool("collector.otlp.enabled")).toBe(false);
    }
  });

  test("the last of several values counts, except for lists, which keep all", () => {
    const read = settings([
      "--collector.num-workers=1",
      "--collector.num-workers=2",
      "--query.additional-headers=A: one",
      "--query.additional-headers=B: two, three",
    ]);
    expect(read.int("collector.num-workers")).toBe(2);
    expect(read.strings("query.additional-headers")).toEqual(["A: one", "B: two, three"]);
  });

  test.each([
    [["--no.such.flag=1"], "unknown flag: --no.such.flag", undefined],
    [["--colector.num-workers=1"], "unknown flag: --colector.num-workers", "Did you mean --collector.num-workers?"],
    [["-z"], "unknown shorthand flag: 'z' in -z", undefined],
    [
      ["-collector.num-workers=3"],
      "unknown shorthand flag: 'c' in -collector.num-workers=3",
      "Did you mean --collector.num-workers=3? Flags take two dashes.",
    ],
    [["--config-file"], "flag needs an argument: --config-file", undefined],
    [
      ["--collector.num-workers=abc"],
      'invalid argument "abc" for "--collector.num-workers" flag: parse error',
      undefined,
    ],
    [
      ["--collector.queue-size-memory=-1"],
      'invalid argument "-1" for "--collector.queue-size-memory" flag: parse error',
      undefined,
    ],
    [
      ["--collector.num-workers=99999999999999999999"],
      'invalid argument "99999999999999999999" for "--collector.num-workers" flag: value out of range',
      undefined,
    ],
    [
      ["--collector.otlp.enabled=maybe"],
      'invalid argument "maybe" for "--collector.otlp.enabled" flag: parse error',
      undefined,
    ],
  ])("%j is refused in v1's words", (args, message, hint) => {
    expect(() => parseCommandLine(args, known)).toThrowError(expect.objectContaining({ message, hint }));
  });

  test("what is no flag is a word, and -- ends the flags", () => {
    expect(parseCommandLine(["a", "--", "--b"], known).words).toEqual(["a", "--b"]);
  });
});

describe("precedence", () => {
  test("a flag wins over the environment, that over the file, that over the default", async () => {
    const path = file(
      "precedence.yaml",
      "collector:\n  num-workers: 3\n  otlp.enabled: false\ndownsampling.ratio: 0.3\n",
    );
    const read = settings(
      ["--collector.num-workers=1"],
      { COLLECTOR_NUM_WORKERS: "2", DOWNSAMPLING_RATIO: "0.2" },
      await readConfigFile(path),
    );
    expect([read.int("collector.num-workers"), read.sourceOf("collector.num-workers")]).toEqual([1, "flag"]);
    expect([read.float("downsampling.ratio"), read.sourceOf("downsampling.ratio")]).toEqual([0.2, "environment"]);
    expect([read.bool("collector.otlp.enabled"), read.sourceOf("collector.otlp.enabled")]).toEqual([
      false,
      "config file",
    ]);
    expect(read.sourceOf("collector.grpc-server.host-port")).toBe("default");
  });

  test("an empty environment variable counts as unset", () => {
    expect(settings([], { COLLECTOR_GRPC_SERVER_HOST_PORT: "" }).string("collector.grpc-server.host-port")).toBe(
      ":14250",
    );
  });

  test("a value of the environment that cannot be read is refused by name", () => {
    const read = settings([], { COLLECTOR_NUM_WORKERS: "many" });
    expect(() => read.validate()).toThrow('invalid value "many" in the environment variable COLLECTOR_NUM_WORKERS');
  });
});

describe("config files", () => {
  const nested = {
    collector: { "num-workers": 9, otlp: { enabled: false } },
    query: { "additional-headers": ["A: b"] },
  };
  test.each([
    ["c.json", JSON.stringify(nested)],
    ["c.yaml", "collector: {num-workers: 9, otlp: {enabled: false}}\nquery:\n  additional-headers: ['A: b']\n"],
    ["c.toml", '[collector]\nnum-workers = 9\notlp.enabled = false\n[query]\nadditional-headers = ["A: b"]\n'],
    [
      "c.properties",
      "# comment\ncollector.num-workers=9\ncollector.otlp.enabled : false\nquery.additional-headers A: \\\n   b\n",
    ],
  ])("%s is understood", async (name, content) => {
    const read = settings([], {}, await readConfigFile(file(name, content)));
    expect(read.int("collector.num-workers")).toBe(9);
    expect(read.bool("collector.otlp.enabled")).toBe(false);
    expect(read.strings("query.additional-headers")).toEqual(["A: b"]);
    expect(read.unknownConfigKeys()).toEqual([]);
  });

  test("keys that no flag has are told", async () => {
    const configFile = await readConfigFile(file("u.yaml", "collector:\n  nope: 1\n"));
    expect(settings([], {}, configFile).unknownConfigKeys()).toEqual(["collector.nope"]);
  });

  test.each([
    [
      "missing",
      join("/nonexistent", "x.yaml"),
      /cannot load config file \/nonexistent\/x.yaml: open .*: no such file or directory$/,
    ],
    ["in a format nobody knows", undefined, /Unsupported Config Type "hcl"/],
  ])("a file %s is refused", async (_what, path, message) => {
    await expect(readConfigFile(path ?? file("c.hcl", "a = 1"))).rejects.toThrow(message);
  });

  test("a list where a map is expected, and broken syntax, are refused", async () => {
    await expect(readConfigFile(file("list.yaml", "- a\n"))).rejects.toThrow("map of settings");
    await expect(readConfigFile(file("broken.json", "{"))).rejects.toThrow("cannot load config file");
  });
});
