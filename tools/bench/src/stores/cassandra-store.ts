import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startCassandra } from "@spoor/services";
import { builtApp } from "@spoor/test-harness";
import cassandra from "cassandra-driver";
import type { BackingStore, ServerCounts } from "./backing-store.ts";

const KEYSPACE = "jaeger_v1_bench";
const VERSION = "5.0.9";

/** One Cassandra node with the schema in it, created by our own job. */
export async function startCassandraStore(heapMb: number): Promise<BackingStore> {
  const server = await startCassandra({ version: VERSION, heapMb });
  try {
    await promisify(execFile)(process.execPath, [builtApp("cassandra-schema")], {
      env: {
        ...process.env,
        MODE: "test",
        KEYSPACE,
        CQLSH_HOST: server.host,
        CQLSH_PORT: String(server.port),
      },
    });
    const client = new cassandra.Client({
      contactPoints: [`${server.host}:${server.port}`],
      localDataCenter: server.localDataCenter,
    });
    await client.connect();
    return {
      name: "cassandra",
      version: VERSION,
      env: {
        SPAN_STORAGE_TYPE: "cassandra",
        CASSANDRA_SERVERS: server.host,
        CASSANDRA_PORT: String(server.port),
        CASSANDRA_KEYSPACE: KEYSPACE,
      },
      counts: () => readCounts(client),
      settle: async () => {},
      async close() {
        await client.shutdown();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * Mutations by table as its local write path counted them (rows of one partition that travel in one batch are one mutation), and
 * the requests of the clients that are connected now.
 */
async function readCounts(client: cassandra.Client): Promise<ServerCounts> {
  const counts: Record<string, number> = {};
  const tables = await client.execute("SELECT keyspace_name, table_name, count FROM system_views.local_write_latency");
  for (const row of tables.rows)
    if (row.keyspace_name === KEYSPACE) counts[`mutations of ${row.table_name}`] = Number(row.count);
  const clients = await client.execute("SELECT request_count FROM system_views.clients");
  counts.requests = clients.rows.reduce((sum, row) => sum + Number(row.request_count), 0);
  return counts;
}
