import { readFileSync } from "node:fs";
import { uniqueName } from "@spoor/services";
import { batchOf, readTrace, SpanGenerator } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCassandraStorage } from "../open-cassandra-storage.ts";
import { applySchema, runStatements } from "../schema/apply-schema.ts";
import { Session } from "../session.ts";
import { plainRow } from "./cql-rows.ts";
import { oldSchema } from "./old-schemas.ts";
import { connectionTo, type Reachable } from "./test-keyspace.ts";

type Row = Readonly<Record<string, unknown>>;
type Recorded = Readonly<Record<"keyspace" | "types" | "tables" | "columns", readonly Row[]>>;

const NO_TENANT = { tenant: "" } as const;
const YEARS_MS = { startTimeMs: 0, endTimeMs: 4_000_000_000_000 };

function parametersOf(keyspace: string) {
  return {
    keyspace,
    replication: "{'class': 'SimpleStrategy', 'replication_factor': '1'}",
    traceTtlSeconds: 172_800,
    dependenciesTtlSeconds: 0,
    compactionWindowSize: 96,
    compactionWindowUnit: "MINUTES",
  } as const;
}

/** The schema that is created, beside v1's, and what becomes of older ones. */
export function describeSchema(serverOf: () => Reachable, version: string): void {
  describe("the schema", () => {
    let admin: Session;
    const made: string[] = [];
    const newName = () => {
      const name = uniqueName("schema");
      made.push(name);
      return name;
    };
    const connection = (keyspace: string) => ({ ...connectionTo(serverOf(), keyspace), timeoutMs: 60_000 });

    beforeAll(async () => {
      admin = await Session.open(connection(""));
    });
    afterAll(async () => {
      for (const keyspace of made) await admin?.command(`DROP KEYSPACE IF EXISTS ${keyspace}`);
      await admin?.close();
    }, 60_000);

    const describeKeyspace = async (keyspace: string): Promise<Recorded> => {
      const rows = async (table: string) => {
        const query = `SELECT * FROM system_schema.${table} WHERE keyspace_name = ?`;
        const { rows: found } = await admin.execute({ query, params: [keyspace] });
        return found.map(plainRow).map(comparable);
      };
      return {
        keyspace: await rows("keyspaces"),
        types: await rows("types"),
        tables: await rows("tables"),
        columns: await rows("columns"),
      };
    };

    // Recorded on 5.0; other lines describe tables with other columns.
    it.skipIf(!version.startsWith("5."))(
      "is v1's, table by table and column by column",
      async () => {
        const keyspace = newName();
        const report = await applySchema(connection(""), parametersOf(keyspace));
        expect(report.createdTables).toHaveLength(11);
        const url = new URL("../fixtures/recorded/schema.json", import.meta.url);
        const recorded = JSON.parse(readFileSync(url, "utf8")) as Recorded;
        const created = await describeKeyspace(keyspace);
        for (const part of ["keyspace", "types", "tables", "columns"] as const) {
          expect([part, created[part]]).toEqual([part, recorded[part].map(comparable)]);
        }
        expect(await applySchema(connection(""), parametersOf(keyspace))).toEqual({
          createdTables: [],
          copiedRows: 0,
        });
      },
      60_000,
    );

    it.each([1, 2] as const)(
      "of version %i is used as it is, then brought up to date with its names and links",
      async (version) => {
        const keyspace = newName();
        await runStatements(connection(""), oldSchema(keyspace, version));
        const generator = new SpanGenerator(version, { timePrecisionNs: 1000n });
        const spans = generator.trace({ spans: 8, services: 2 });
        const traceId = spans[0]?.traceId ?? "";

        const old = await openCassandraStorage({ connection: connection(keyspace) });
        await old.writer.write(batchOf(spans));
        const services = await old.reader.getServices(NO_TENANT);
        const operations = await old.reader.getOperations({ serviceName: services[0] ?? "" }, NO_TENANT);
        expect(new Set(operations.map((each) => each.spanKind))).toEqual(new Set([""]));
        const links = await old.dependencies.getDependencies(YEARS_MS, NO_TENANT);
        expect(links.length).toBeGreaterThan(0);
        await old.close();

        const report = await applySchema(connection(""), parametersOf(keyspace));
        expect(report.createdTables).toContain("operation_names_v2");
        expect(report.copiedRows).toBeGreaterThan(0);
        const upgraded = await openCassandraStorage({ connection: connection(keyspace) });
        expect(await readTrace(upgraded.reader, traceId)).toHaveLength(spans.length);
        expect(await upgraded.reader.getOperations({ serviceName: services[0] ?? "" }, NO_TENANT)).toEqual(operations);
        expect(new Set(await upgraded.dependencies.getDependencies(YEARS_MS, NO_TENANT))).toEqual(new Set(links));
        await upgraded.close();
      },
      120_000,
    );

    it("that is not there, or of an unknown version, is named in the error", async () => {
      const open = (keyspace: string) => openCassandraStorage({ connection: connection(keyspace) });
      await expect(open("nowhere")).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(/keyspace nowhere \(--cassandra\.keyspace\).*cassandra-schema/s),
      });
      const bare = newName();
      await admin.command(
        `CREATE KEYSPACE ${bare} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}`,
      );
      await expect(open(bare)).rejects.toMatchObject({ message: expect.stringContaining("has no tables") });
      await admin.command(`CREATE TABLE ${bare}.traces (trace_id blob PRIMARY KEY, spans blob)`);
      await expect(open(bare)).rejects.toMatchObject({
        message: expect.stringContaining("schema of an unknown version: table traces has no column span_id"),
      });
    }, 60_000);
  });
}

/** Without what belongs to one keyspace or one moment. */
function comparable({ keyspace_name: _, id: __, ...rest }: Row): Row {
  return rest;
}
