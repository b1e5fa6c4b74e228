import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CassandraAddress,
  freePorts,
  requireService,
  SHARED_START_TIMEOUT_MS,
  type Shared,
  sharedCassandra,
  uniqueName,
} from "@spoor/services";
import { openCassandraStorage } from "@spoor/storage-cassandra";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runJob } from "./job.ts";

const cassandra = await requireService("cassandra");

describe.skipIf(!cassandra.available)("the job on a real server", () => {
  let server: Shared<CassandraAddress>;
  const keyspace = uniqueName("job");
  let environment: Readonly<Record<string, string>>;
  const lines: string[] = [];
  const run = (more: Readonly<Record<string, string>> = {}) =>
    runJob({ ...environment, ...more }, (line) => lines.push(line));

  beforeAll(async () => {
    server = await sharedCassandra();
    environment = { MODE: "test", KEYSPACE: keyspace, CQLSH_HOST: server.host, CQLSH_PORT: String(server.port) };
  }, SHARED_START_TIMEOUT_MS);
  afterAll(() => server?.release());

  test("makes a keyspace that the storage works with, once", async () => {
    expect(await run()).toMatch(new RegExp(`^keyspace ${keyspace}: created dependencies_v2, .*traces$`));
    expect(await run()).toBe(`keyspace ${keyspace}: everything was there already`);
    const storage = await openCassandraStorage({
      connection: { servers: [server.host], port: server.port, keyspace },
    });
    expect(await storage.reader.getServices({ tenant: "" })).toEqual([]);
    await storage.close();
  }, 60_000);

  test("takes the data centre by its name in production", async () => {
    const production = { MODE: "prod", DATACENTER: server.localDataCenter, REPLICATION_FACTOR: "1" };
    expect(await run({ ...production, KEYSPACE: `${keyspace}_p` })).toMatch(/_p: created/);
  }, 60_000);

  test("runs a template instead", async () => {
    const folder = mkdtempSync(join(tmpdir(), "spoor-schema-"));
    const template = join(folder, "own.cql.tmpl");
    const mark = (name: string) => ["$", "{", name, "}"].join("");
    writeFileSync(
      template,
      `CREATE KEYSPACE IF NOT EXISTS ${mark("keyspace")} WITH replication = ${mark("replication")};\n-- no more\n`,
    );
    expect(await run({ TEMPLATE: template, KEYSPACE: `${keyspace}_own` })).toBe(
      `keyspace ${keyspace}_own: ran 1 statements of ${template}`,
    );
    rmSync(folder, { recursive: true });
  });

  test("waits for a cluster that is not there yet, and gives up in time", async () => {
    const [port = 0] = await freePorts(1);
    lines.length = 0;
    const failure = run({ CQLSH_PORT: String(port), CASSANDRA_WAIT_TIMEOUT: "1" });
    await expect(failure).rejects.toThrow(`no node of Cassandra at ${server.host}:${port} can be reached`);
    expect(lines.length).toBeGreaterThan(0);
  });
});
