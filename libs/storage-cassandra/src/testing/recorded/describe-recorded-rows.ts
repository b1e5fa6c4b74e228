import { writeRecordedInput } from "@spoor/ingest-testkit";
import { Registry } from "prom-client";
import { beforeAll, describe, expect, it } from "vitest";
import { openCassandraStorage } from "../../open-cassandra-storage.ts";
import { plainRow } from "../cql-rows.ts";
import type { TestKeyspace } from "../test-keyspace.ts";
import { CONFIGURATIONS, type RecordedRow, recordedRows } from "./recorded-files.ts";

/** Columns whose value v1 leaves to chance or to its own hash. */
const VOLATILE: Readonly<Record<string, readonly string[]>> = {
  traces: ["span_hash"],
  service_name_index: ["bucket"],
};

/**
 * Rows that v1 does not write. Binary values are indexed by their hex, so that a search for a text that looks like hex needs to look at nothing
 * else; v1 finds no binary value at all.
 */
const ONLY_OURS: Readonly<Record<string, (row: RecordedRow) => boolean>> = {
  tag_index: (row) => ["raw", "bin", "bin.empty", "bin.text", "p.bin"].includes(String(row.tag_key)),
};

/** v1's own, where it does not write more rows than are different. */
const RECORDED_ATTEMPTS = {
  traces: 86,
  service_name_index: 86,
  service_operation_index: 86,
  service_names: 9,
  operation_names_v2: 78,
};

/** The rows that this store writes for the recorded input, beside those that v1 wrote. */
export function describeRecordedRows(keyspaceOf: () => TestKeyspace): void {
  describe.each(Object.entries(CONFIGURATIONS))("rows for the recorded input, %s", (configuration, index) => {
    const actual: Record<string, readonly RecordedRow[]> = {};
    const recorded = recordedRows(configuration);
    const registry = new Registry();

    beforeAll(async () => {
      const keyspace = keyspaceOf();
      await keyspace.empty();
      const storage = await openCassandraStorage({
        connection: keyspace.connection,
        index,
        countDependencies: false,
        registry,
      });
      await writeRecordedInput(storage.writer);
      await storage.close();
      for (const table of Object.keys(recorded)) {
        const { rows } = await keyspace.session.page(
          { query: `SELECT * FROM ${table}`, params: [] },
          { fetchSize: 10_000 },
        );
        actual[table] = rows.map(plainRow);
      }
    }, 60_000);

    it("are counted by table in v1's metrics", async () => {
      const sums = async (name: string) => {
        const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
        return Object.fromEntries(values.map(({ labels, value }) => [String(labels.table), value]));
      };
      const attempts = await sums("jaeger_storage_attempts_total");
      expect(attempts).toMatchObject(RECORDED_ATTEMPTS);
      expect(await sums("jaeger_storage_inserts_total")).toEqual(attempts);
      const errors = await sums("jaeger_storage_errors_total");
      expect(errors).toEqual(Object.fromEntries(Object.keys(attempts).map((table) => [table, 0])));
    });

    it.each(Object.keys(recorded))("%s", (table) => {
      const isOurs = ONLY_OURS[table] ?? (() => false);
      const ours = comparable(
        table,
        (actual[table] ?? []).filter((row) => !isOurs(row)),
      );
      const theirs = comparable(table, recorded[table] ?? []);
      expect({
        missing: theirs.filter((row) => !ours.includes(row)),
        extra: ours.filter((row) => !theirs.includes(row)),
      }).toEqual({ missing: [], extra: [] });
    });
  });
}

function comparable(table: string, rows: readonly RecordedRow[]): readonly string[] {
  const volatile = VOLATILE[table] ?? [];
  return rows
    .map((row) => {
      const entries = Object.entries(row).filter(([name]) => !volatile.includes(name));
      return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
    })
    .sort();
}
