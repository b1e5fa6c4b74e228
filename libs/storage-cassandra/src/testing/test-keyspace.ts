import { type CassandraAddress, uniqueName } from "@spoor/services";
import type { CassandraConnectionOptions } from "../options.ts";
import { schemaStatements } from "../schema/statements.ts";
import { Session } from "../session.ts";

const TABLES = [
  "traces",
  "service_names",
  "operation_names_v2",
  "service_operation_index",
  "service_name_index",
  "duration_index",
  "tag_index",
  "dependencies_v2",
];

export const TEST_SCHEMA = {
  replication: "{'class': 'SimpleStrategy', 'replication_factor': '1'}",
  traceTtlSeconds: 0,
  dependenciesTtlSeconds: 0,
  compactionWindowSize: 96,
  compactionWindowUnit: "MINUTES",
} as const;

/** How to reach a server, a shared one or one of the test's own. */
export type Reachable = Pick<CassandraAddress, "host" | "port">;

export function connectionTo(server: Reachable, keyspace: string): CassandraConnectionOptions {
  return { servers: [server.host], port: server.port, keyspace, connectionsPerHost: 1, reconnectIntervalMs: 1000 };
}

/** A keyspace with the schema, and a way to empty it that is faster than making it anew. */
export class TestKeyspace {
  readonly connection: CassandraConnectionOptions;
  readonly session: Session;

  private constructor(connection: CassandraConnectionOptions, session: Session) {
    this.connection = connection;
    this.session = session;
  }

  /** `more`: what a server of the test's own needs to be reached. */
  static async create(server: Reachable, more: CassandraConnectionOptions = {}): Promise<TestKeyspace> {
    const keyspace = uniqueName("cassandra");
    const admin = await Session.open({ ...connectionTo(server, ""), timeoutMs: 60_000, ...more });
    for (const statement of schemaStatements({
      keyspace,
      ...TEST_SCHEMA,
    })) {
      await admin.command(statement);
    }
    await admin.close();
    const connection = { ...connectionTo(server, keyspace), ...more };
    return new TestKeyspace(connection, await Session.open({ ...connection, timeoutMs: 60_000 }));
  }

  async empty(): Promise<void> {
    for (const table of TABLES) {
      const { rows } = await this.session.command(`SELECT * FROM ${table} LIMIT 1`);
      if (rows.length > 0) await this.session.command(`TRUNCATE ${table}`);
    }
  }

  /** With its tables. */
  async remove(): Promise<void> {
    await this.session.command(`DROP KEYSPACE ${this.connection.keyspace}`);
    await this.session.close();
  }
}
