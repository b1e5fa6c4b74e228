import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, workspacePackages } from "./packages.ts";

/**
 * The floors of the house, lowest first. A lib imports only from floors below its own; that keeps two stores, or two receivers'
 * codecs, from leaning on each other.
 */
const FLOORS: readonly (readonly string[])[] = [
  ["span-model", "go-text", "dgram-batch", "tenancy", "inflate", "client-tls", "proto-descriptors", "grpc-testkit"],
  ["span-wire", "span-testkit", "daemon"],
  ["thrift-codec", "otlp", "json-bytes", "storage-api", "grpc-client", "grpc-server", "kafka-client"],
  ["zipkin", "sampling", "storage-testkit", "ingest", "service-calls"],
  ["ingest-testkit"],
  [
    "storage-memory",
    "storage-embedded",
    "storage-cassandra",
    "storage-elasticsearch",
    "storage-kafka",
    "storage-grpc",
    "storage-blackhole",
    "metrics-prometheus",
    "kafka-ingest",
    "receivers",
    "query-service",
  ],
  ["storage-factory", "elasticsearch-tools", "query-api", "self-tracing"],
  ["composition"],
];

const floorOf = new Map(FLOORS.flatMap((names, floor) => names.map((name) => [name, floor] as const)));

describe("direction of imports", () => {
  const packages = workspacePackages();

  it.each(packages.filter((item) => item.group === "libs").map((item) => [item.name, item] as const))(
    "%s imports only from floors below",
    (_, item) => {
      const own = floorOf.get(item.name);
      expect(own, `${item.name} has no floor: give it one in this test`).toBeDefined();
      for (const imported of item.imports) {
        expect(floorOf.get(imported), `${item.name} imports ${imported}`).toBeLessThan(own as number);
      }
    },
  );

  it("no lib imports an app, and no app another app", () => {
    const apps = new Set(packages.filter((item) => item.group === "apps").map((item) => item.name));
    for (const item of packages.filter((candidate) => candidate.group === "libs" || candidate.group === "apps"))
      expect(item.imports.filter((name) => apps.has(name))).toEqual([]);
  });
});

describe("the linter", () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "spoor-boundaries-"));
    for (const file of [
      "biome.json",
      "package.json",
      "libs/span-model/package.json",
      "libs/storage-api/package.json",
    ]) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      copyFileSync(join(ROOT, file), join(dir, file));
    }
    execFileSync("git", ["init", "-q"], { cwd: dir });
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** What the linter says of one file of span-model with this text. */
  function lint(text: string): string {
    const file = "libs/span-model/src/planted.ts";
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
    try {
      execFileSync(join(ROOT, "node_modules/.bin/biome"), ["lint", "--max-diagnostics=20", file], {
        cwd: dir,
        encoding: "utf8",
        stdio: "pipe",
      });
      return "";
    } catch (error) {
      const failed = error as { readonly stdout: string; readonly stderr: string };
      return failed.stdout + failed.stderr;
    }
  }

  it("passes a file that imports nothing", () => {
    expect(lint("export const answer = 42;\n")).toBe("");
  });

  it("refuses a package that the lib does not declare", () => {
    expect(
      lint('import { StorageError } from "@spoor/storage-api";\nexport const planted = StorageError;\n'),
    ).toContain("noUndeclaredDependencies");
  });

  it("refuses a way around another package's public face", () => {
    expect(
      lint('import { StorageError } from "../../storage-api/src/errors.ts";\nexport const planted = StorageError;\n'),
    ).toContain("noRestrictedImports");
  });
});
