/** What the schema hangs on, with v1's names and defaults (its `create.sh`). */
export interface SchemaParameters {
  readonly keyspace: string;
  /** A map in CQL, e.g. `{'class': 'SimpleStrategy', 'replication_factor': '1'}`. */
  readonly replication: string;
  /** Seconds that spans and their indices live; 0 for ever. */
  readonly traceTtlSeconds: number;
  /** Seconds that dependency links live; 0 for ever. */
  readonly dependenciesTtlSeconds: number;
  readonly compactionWindowSize: number;
  readonly compactionWindowUnit: "MINUTES" | "HOURS" | "DAYS";
  /** True before Cassandra 4, which still has `dclocal_read_repair_chance`. */
  readonly beforeCassandra4?: boolean;
}

/**
 * Version 004 of v1's schema (jaegertracing/jaeger `plugin/storage/cassandra/schema/v004.cql.tmpl`; 003 before Cassandra 4), in the order in
 * which it must be created. Each statement does nothing when its object is there already.
 */
export function schemaStatements(parameters: SchemaParameters): readonly string[] {
  const { keyspace } = parameters;
  return [
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${parameters.replication}`,
    ...typeStatements(keyspace),
    ...tableStatements(parameters),
  ];
}

function typeStatements(keyspace: string): readonly string[] {
  const type = (name: string, fields: string) => `CREATE TYPE IF NOT EXISTS ${keyspace}.${name} (${fields})`;
  return [
    type(
      "keyvalue",
      "key text, value_type text, value_string text, value_bool boolean, value_long bigint, value_double double, value_binary blob",
    ),
    type("log", "ts bigint, fields frozen<list<frozen<keyvalue>>>"),
    type("span_ref", "ref_type text, trace_id blob, span_id bigint"),
    type("process", "service_name text, tags frozen<list<frozen<keyvalue>>>"),
    type("dependency", "parent text, child text, call_count bigint, source text"),
  ];
}

function tableStatements(parameters: SchemaParameters): readonly string[] {
  const { keyspace, traceTtlSeconds, dependenciesTtlSeconds } = parameters;
  const readRepair = parameters.beforeCassandra4 ? " AND dclocal_read_repair_chance = 0.0" : "";
  const spans = `default_time_to_live = ${traceTtlSeconds} AND speculative_retry = 'NONE' AND gc_grace_seconds = 10800${readRepair}`;
  const window = (size: number, unit: string) =>
    `compaction = {'compaction_window_size': '${size}', 'compaction_window_unit': '${unit}', 'class': 'org.apache.cassandra.db.compaction.TimeWindowCompactionStrategy'}`;
  const tiered =
    "compaction = {'min_threshold': '4', 'max_threshold': '32', 'class': 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy'}";
  const index = window(1, "HOURS");
  const table = (name: string, columns: string, options: string) =>
    `CREATE TABLE IF NOT EXISTS ${keyspace}.${name} (${columns})${options === "" ? "" : ` WITH ${options}`}`;
  return [
    table(
      "traces",
      "trace_id blob, span_id bigint, span_hash bigint, parent_id bigint, operation_name text, flags int, start_time bigint, duration bigint, " +
        "tags list<frozen<keyvalue>>, logs list<frozen<log>>, refs list<frozen<span_ref>>, process frozen<process>, " +
        "PRIMARY KEY (trace_id, span_id, span_hash)",
      `${window(parameters.compactionWindowSize, parameters.compactionWindowUnit)} AND ${spans}`,
    ),
    table("service_names", "service_name text, PRIMARY KEY (service_name)", `${tiered} AND ${spans}`),
    table(
      "operation_names_v2",
      "service_name text, span_kind text, operation_name text, PRIMARY KEY ((service_name), span_kind, operation_name)",
      `${tiered} AND ${spans}`,
    ),
    table(
      "service_operation_index",
      "service_name text, operation_name text, start_time bigint, trace_id blob, PRIMARY KEY ((service_name, operation_name), start_time)",
      `CLUSTERING ORDER BY (start_time DESC) AND ${index} AND ${spans}`,
    ),
    table(
      "service_name_index",
      "service_name text, bucket int, start_time bigint, trace_id blob, PRIMARY KEY ((service_name, bucket), start_time)",
      `CLUSTERING ORDER BY (start_time DESC) AND ${index} AND ${spans}`,
    ),
    table(
      "duration_index",
      "service_name text, operation_name text, bucket timestamp, duration bigint, start_time bigint, trace_id blob, " +
        "PRIMARY KEY ((service_name, operation_name, bucket), duration, start_time, trace_id)",
      `CLUSTERING ORDER BY (duration DESC, start_time DESC, trace_id ASC) AND ${index} AND ${spans}`,
    ),
    table(
      "tag_index",
      "service_name text, tag_key text, tag_value text, start_time bigint, trace_id blob, span_id bigint, " +
        "PRIMARY KEY ((service_name, tag_key, tag_value), start_time, trace_id, span_id)",
      `CLUSTERING ORDER BY (start_time DESC, trace_id ASC, span_id ASC) AND ${index} AND ${spans}`,
    ),
    table(
      "dependencies_v2",
      "ts_bucket timestamp, ts timestamp, dependencies list<frozen<dependency>>, PRIMARY KEY (ts_bucket, ts)",
      `CLUSTERING ORDER BY (ts DESC) AND ${tiered} AND default_time_to_live = ${dependenciesTtlSeconds}`,
    ),
    table(
      "operation_throughput",
      "bucket int, ts timeuuid, throughput text, PRIMARY KEY(bucket, ts)",
      "CLUSTERING ORDER BY (ts DESC)",
    ),
    table(
      "sampling_probabilities",
      "bucket int, ts timeuuid, hostname text, probabilities text, PRIMARY KEY(bucket, ts)",
      "CLUSTERING ORDER BY (ts DESC)",
    ),
    table("leases", "name text, owner text, PRIMARY KEY (name)", ""),
  ];
}
