import type { types } from "cassandra-driver";
import type { CassandraConnectionOptions } from "../options.ts";
import { pagesOf } from "../paging.ts";
import { Session } from "../session.ts";
import { type SchemaParameters, schemaStatements } from "./statements.ts";

/** What was done, for the operator. */
export interface SchemaReport {
  /** Tables that were not there before. */
  readonly createdTables: readonly string[];
  /** Rows taken over from tables of older versions. */
  readonly copiedRows: number;
}

const ROWS_A_PAGE = 1000;
const COPIES_AT_ONCE = 32;

/** Runs the statements that make a schema: those given instead of v004, if any. */
export async function runStatements(
  connection: CassandraConnectionOptions,
  statements: readonly string[],
): Promise<void> {
  const session = await Session.open({ ...connection, keyspace: "" });
  try {
    for (const statement of statements) await session.command(statement);
  } finally {
    await session.close();
  }
}

/**
 * Creates the keyspace with version 004 of the schema, or brings an older one (001, 002, 003) up to it: what is there stays, what is missing is
 * created, and the names and links of tables that a newer one replaces are copied. Doing it again changes nothing. Options of tables that
 * are there already, such as how long rows live, are not changed.
 */
export async function applySchema(
  connection: CassandraConnectionOptions,
  parameters: Omit<SchemaParameters, "beforeCassandra4"> & { readonly cassandraMajor?: number },
): Promise<SchemaReport> {
  const session = await Session.open({ ...connection, keyspace: "" });
  try {
    const { keyspace } = parameters;
    const before = await tablesOf(session, keyspace);
    const major = parameters.cassandraMajor ?? majorVersion(session);
    if (before.has("dependencies")) await addSource(session, keyspace);
    for (const statement of schemaStatements({ ...parameters, beforeCassandra4: major < 4 })) {
      await session.command(statement);
    }
    const after = await tablesOf(session, keyspace);
    let copiedRows = 0;
    if (before.has("operation_names") && !before.has("operation_names_v2")) {
      copiedRows += await copyOperations(session, keyspace);
    }
    if (before.has("dependencies") && !before.has("dependencies_v2")) {
      copiedRows += await copyDependencies(session, keyspace);
    }
    return { createdTables: [...after].filter((table) => !before.has(table)).sort(), copiedRows };
  } finally {
    await session.close();
  }
}

async function tablesOf(session: Session, keyspace: string): Promise<Set<string>> {
  const { rows } = await session.execute({
    query: "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?",
    params: [keyspace.toLowerCase()],
  });
  return new Set(rows.map((row) => String(row.get("table_name"))));
}

function majorVersion(session: Session): number {
  return Math.min(...session.hosts.map((host) => Number(host.cassandraVersion.split(".")[0])));
}

/** Version 001 knows no source of a link. */
async function addSource(session: Session, keyspace: string): Promise<void> {
  const { rows } = await session.execute({
    query: "SELECT field_names FROM system_schema.types WHERE keyspace_name = ? AND type_name = 'dependency'",
    params: [keyspace.toLowerCase()],
  });
  const fields = (rows[0]?.get("field_names") as readonly string[] | undefined) ?? [];
  if (fields.length > 0 && !fields.includes("source")) {
    await session.command(`ALTER TYPE ${keyspace}.dependency ADD source text`);
  }
}

function copyOperations(session: Session, keyspace: string): Promise<number> {
  return copyRows(
    session,
    `SELECT service_name, operation_name FROM ${keyspace}.operation_names`,
    `INSERT INTO ${keyspace}.operation_names_v2 (service_name, span_kind, operation_name) VALUES (?, '', ?)`,
    (row) => [row.get("service_name"), row.get("operation_name")],
  );
}

function copyDependencies(session: Session, keyspace: string): Promise<number> {
  const dayMs = 86_400_000;
  return copyRows(
    session,
    `SELECT ts, dependencies FROM ${keyspace}.dependencies`,
    `INSERT INTO ${keyspace}.dependencies_v2 (ts_bucket, ts, dependencies) VALUES (?, ?, ?)`,
    (row) => {
      const time = row.get("ts") as Date;
      return [new Date(Math.floor(time.getTime() / dayMs) * dayMs), time, row.get("dependencies")];
    },
  );
}

async function copyRows(
  session: Session,
  select: string,
  insert: string,
  params: (row: types.Row) => readonly unknown[],
): Promise<number> {
  let copied = 0;
  for await (const page of pagesOf(session, { query: select, params: [] }, { fetchSize: ROWS_A_PAGE })) {
    for (let at = 0; at < page.length; at += COPIES_AT_ONCE) {
      const rows = page.slice(at, at + COPIES_AT_ONCE);
      await Promise.all(rows.map((row) => session.execute({ query: insert, params: params(row) })));
    }
    copied += page.length;
  }
  return copied;
}
