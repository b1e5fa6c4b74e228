import { DaemonError, type Environment } from "@spoor/daemon";
import type { CassandraConnectionOptions, SchemaParameters } from "@spoor/storage-cassandra";

/** What the job's environment asks for. */
export interface JobParameters {
  readonly connection: Omit<CassandraConnectionOptions, "tls">;
  readonly schema: Omit<SchemaParameters, "beforeCassandra4">;
  /** `VERSION`; asked of the cluster unless set. */
  readonly cassandraMajor: number | undefined;
  readonly tls: { readonly authorityFile: string; readonly skipHostVerify: boolean } | undefined;
  readonly waitTimeoutMs: number;
  /** A file of statements to run instead. */
  readonly template: string;
}

const DEFAULT_TRACE_TTL_SECONDS = 172_800;
const DEFAULT_WAIT_SECONDS = 60;
const MINUTES_OF_ENDLESS_ROWS = 96;
const UNITS = { m: "MINUTES", h: "HOURS", d: "DAYS" } as const;

/** The variables of v1's image (`create.sh` and `docker.sh`), with its defaults and its words for what it refuses. */
export function readParameters(environment: Environment): JobParameters {
  const value = (name: string) => environment[name] ?? "";
  const mode = value("MODE");
  if (mode === "") throw invalid("missing MODE parameter");
  if (mode !== "prod" && mode !== "test") throw invalid(`invalid MODE=${mode}, expecting 'prod' or 'test'`);
  const datacenter = value("DATACENTER") || (mode === "test" ? "test" : "");
  if (datacenter === "") throw invalid("missing DATACENTER parameter for prod mode");
  if (/['\\]/.test(datacenter)) throw invalid(`invalid characters in DATACENTER=${datacenter} parameter`);
  const keyspace = value("KEYSPACE") || `jaeger_v1_${datacenter}`;
  if (!/^[a-zA-Z0-9_]+$/.test(keyspace)) {
    throw invalid(`invalid characters in KEYSPACE=${keyspace} parameter, please use letters, digits or underscores`);
  }
  const replicas = wholeNumber(environment, "REPLICATION_FACTOR", mode === "prod" ? 2 : 1);
  const traceTtlSeconds = wholeNumber(environment, "TRACE_TTL", DEFAULT_TRACE_TTL_SECONDS);
  const window = compactionWindow(value("COMPACTION_WINDOW"), traceTtlSeconds);
  const port = wholeNumber(environment, "CQLSH_PORT", 9042);
  const useTls = value("CQLSH_SSL") !== "";
  return {
    connection: {
      servers: [value("CQLSH_HOST") || "cassandra"],
      port,
      username: value("CASSANDRA_USERNAME"),
      password: value("CASSANDRA_PASSWORD"),
    },
    schema: {
      keyspace,
      replication:
        mode === "prod"
          ? `{'class': 'NetworkTopologyStrategy', '${datacenter}': '${replicas}' }`
          : `{'class': 'SimpleStrategy', 'replication_factor': '${replicas}'}`,
      traceTtlSeconds,
      dependenciesTtlSeconds: wholeNumber(environment, "DEPENDENCIES_TTL", 0),
      compactionWindowSize: window.size,
      compactionWindowUnit: window.unit,
    },
    cassandraMajor: value("VERSION") === "" ? undefined : wholeNumber(environment, "VERSION", 4),
    tls: useTls
      ? { authorityFile: value("SSL_CERTFILE"), skipHostVerify: value("SSL_VALIDATE").toLowerCase() === "false" }
      : undefined,
    waitTimeoutMs: wholeNumber(environment, "CASSANDRA_WAIT_TIMEOUT", DEFAULT_WAIT_SECONDS) * 1000,
    template: value("TEMPLATE"),
  };
}

/** Unless given, a thirtieth of the time that spans live, as v1 has it. */
function compactionWindow(
  text: string,
  traceTtlSeconds: number,
): { readonly size: number; readonly unit: SchemaParameters["compactionWindowUnit"] } {
  if (text === "") {
    if (traceTtlSeconds === 0) return { size: MINUTES_OF_ENDLESS_ROWS, unit: "MINUTES" };
    return { size: Math.max(1, Math.ceil(Math.floor(traceTtlSeconds / 60) / 30)), unit: "MINUTES" };
  }
  const [, size, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (size === undefined || unit === undefined || Number(size) === 0) {
    throw invalid(
      "Invalid compaction window size format. Please use numeric value followed by 'm' for minutes, 'h' for hours, or 'd' for days.",
    );
  }
  return { size: Number(size), unit: UNITS[unit as keyof typeof UNITS] };
}

function wholeNumber(environment: Environment, name: string, fallback: number): number {
  const text = environment[name] ?? "";
  if (text === "") return fallback;
  if (!/^\d{1,10}$/.test(text)) throw invalid(`${name}=${text} is not a whole number`);
  return Number(text);
}

function invalid(message: string): DaemonError {
  return new DaemonError("INVALID_SETTINGS", message);
}
