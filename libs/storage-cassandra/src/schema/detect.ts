import { StorageError } from "@spoor/storage-api";
import type { Session } from "../session.ts";

/** What the tables of a keyspace can do. */
export interface SchemaFeatures {
  /** `operation_names_v2` (since version 003) keeps the span kind, `operation_names` does not. */
  readonly operationsTable: "operation_names_v2" | "operation_names";
  /** `undefined`: none of the two. */
  readonly dependenciesTable: "dependencies_v2" | "dependencies" | undefined;
  /** The tables of adaptive sampling are there (since version 003). */
  readonly hasSampling: boolean;
}

/** Columns without which spans cannot be written or read; all versions of v1's schema have them. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  traces: [
    ...["trace_id", "span_id", "span_hash", "parent_id", "operation_name", "flags", "start_time", "duration"],
    ...["tags", "logs", "refs", "process"],
  ],
};
const NEEDED_FOR_SEARCH: Readonly<Record<string, readonly string[]>> = {
  service_names: ["service_name"],
  service_operation_index: ["service_name", "operation_name", "start_time", "trace_id"],
  service_name_index: ["service_name", "bucket", "start_time", "trace_id"],
  duration_index: ["service_name", "operation_name", "bucket", "duration", "start_time", "trace_id"],
  tag_index: ["service_name", "tag_key", "tag_value", "start_time", "trace_id", "span_id"],
};
const SAMPLING = ["operation_throughput", "sampling_probabilities", "leases"];
const OPERATIONS_V2 = ["service_name", "span_kind", "operation_name"];

/**
 * Looks at the keyspace's tables. Throws `UNAVAILABLE` with the name of what is missing: a keyspace without the schema, or with one of a version
 * that this store does not know. An archive needs the table of spans only.
 */
export async function detectSchema(session: Session, use: "spans" | "archive"): Promise<SchemaFeatures> {
  const { keyspace, flagPrefix } = session.target;
  const { rows } = await session.execute({
    query: "SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = ?",
    params: [keyspace],
  });
  const tables = new Map<string, Set<string>>();
  for (const row of rows) {
    const table = String(row.get("table_name"));
    const columns = tables.get(table) ?? new Set();
    tables.set(table, columns.add(String(row.get("column_name"))));
  }
  const where = `keyspace ${keyspace} (--${flagPrefix}.keyspace)`;
  if (tables.size === 0) {
    throw new StorageError("UNAVAILABLE", `${where} has no tables: the cassandra-schema tool creates them`);
  }
  const needed = use === "archive" ? NEEDED : { ...NEEDED, ...NEEDED_FOR_SEARCH };
  for (const [table, columns] of Object.entries(needed)) {
    const present = tables.get(table);
    if (present === undefined) {
      throw new StorageError("UNAVAILABLE", `${where} has no table ${table}: the cassandra-schema tool creates it`);
    }
    const absent = columns.find((column) => !present.has(column));
    if (absent !== undefined) {
      throw new StorageError(
        "UNAVAILABLE",
        `${where} has a schema of an unknown version: table ${table} has no column ${absent}`,
      );
    }
  }
  const operations = tables.get("operation_names_v2");
  const hasKinds = operations !== undefined && OPERATIONS_V2.every((column) => operations.has(column));
  if (use === "spans" && !hasKinds && !tables.has("operation_names")) {
    throw new StorageError(
      "UNAVAILABLE",
      `${where} has neither table operation_names_v2 nor operation_names: the cassandra-schema tool creates it`,
    );
  }
  return {
    operationsTable: hasKinds ? "operation_names_v2" : "operation_names",
    dependenciesTable: tables.has("dependencies_v2")
      ? "dependencies_v2"
      : tables.has("dependencies")
        ? "dependencies"
        : undefined,
    hasSampling: SAMPLING.every((table) => tables.has(table)),
  };
}
