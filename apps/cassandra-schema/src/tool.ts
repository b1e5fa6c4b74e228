import type { ToolDefinition } from "@spoor/daemon";
import { runJob } from "./job.ts";

const line = (text: string) => process.stdout.write(`${text}\n`);

/** Everything is set by the environment, as for v1's script. */
export const CASSANDRA_SCHEMA: ToolDefinition = {
  program: "jaeger-cassandra-schema",
  summary: "Spoor cassandra-schema: creates the Cassandra keyspace and its tables, or brings older ones up to date.",
  groups: [],
  notes: () => [
    "Everything is set by environment variables:",
    "  MODE                    prod or test (required)",
    "  DATACENTER              name of the data centre (required with MODE=prod)",
    "  KEYSPACE                default jaeger_v1_<DATACENTER>",
    "  REPLICATION_FACTOR      default 2 with MODE=prod, else 1",
    "  TRACE_TTL               seconds that spans live; default 172800, 0 means for ever",
    "  DEPENDENCIES_TTL        seconds that dependency links live; default 0, for ever",
    "  COMPACTION_WINDOW       such as 90m, 2h or 1d; default a thirtieth of TRACE_TTL",
    "  CQLSH_HOST, CQLSH_PORT  default cassandra, 9042",
    "  CQLSH_SSL               when set, TLS is used; SSL_CERTFILE names the authority, SSL_VALIDATE=false trusts any",
    "  CASSANDRA_USERNAME, CASSANDRA_PASSWORD",
    "  CASSANDRA_WAIT_TIMEOUT  seconds to wait for the cluster; default 60",
    "  VERSION                 major version of Cassandra; asked of the cluster unless set",
    "  TEMPLATE                a file of CQL statements to run instead",
  ],
  run: async (_, signal) => {
    line(await runJob(process.env, line, signal));
    return 0;
  },
};
