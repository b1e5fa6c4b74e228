/** Tables of version 002 of v1's schema that version 003 replaced, and of 001 that 002 replaced, as far as an upgrade looks at them. */
export function oldSchema(keyspace: string, version: 1 | 2): readonly string[] {
  const source = version === 1 ? "" : ", source text";
  const dependencies =
    version === 1
      ? `CREATE TABLE ${keyspace}.dependencies (ts timestamp, ts_index timestamp, dependencies list<frozen<dependency>>, PRIMARY KEY (ts))`
      : `CREATE TABLE ${keyspace}.dependencies_v2 (ts_bucket timestamp, ts timestamp, dependencies list<frozen<dependency>>, PRIMARY KEY (ts_bucket, ts)) WITH CLUSTERING ORDER BY (ts DESC)`;
  const index =
    version === 1
      ? [
          `CREATE CUSTOM INDEX ON ${keyspace}.dependencies (ts_index) USING 'org.apache.cassandra.index.sasi.SASIIndex' WITH OPTIONS = {'mode': 'SPARSE'}`,
        ]
      : [];
  return [
    `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}`,
    `CREATE TYPE ${keyspace}.keyvalue (key text, value_type text, value_string text, value_bool boolean, value_long bigint, value_double double, value_binary blob)`,
    `CREATE TYPE ${keyspace}.log (ts bigint, fields list<frozen<keyvalue>>)`,
    `CREATE TYPE ${keyspace}.span_ref (ref_type text, trace_id blob, span_id bigint)`,
    `CREATE TYPE ${keyspace}.process (service_name text, tags list<frozen<keyvalue>>)`,
    `CREATE TYPE ${keyspace}.dependency (parent text, child text, call_count bigint${source})`,
    `CREATE TABLE ${keyspace}.traces (trace_id blob, span_id bigint, span_hash bigint, parent_id bigint, operation_name text, flags int, start_time bigint, duration bigint, tags list<frozen<keyvalue>>, logs list<frozen<log>>, refs list<frozen<span_ref>>, process frozen<process>, PRIMARY KEY (trace_id, span_id, span_hash))`,
    `CREATE TABLE ${keyspace}.service_names (service_name text, PRIMARY KEY (service_name))`,
    `CREATE TABLE ${keyspace}.operation_names (service_name text, operation_name text, PRIMARY KEY ((service_name), operation_name))`,
    `CREATE TABLE ${keyspace}.service_operation_index (service_name text, operation_name text, start_time bigint, trace_id blob, PRIMARY KEY ((service_name, operation_name), start_time)) WITH CLUSTERING ORDER BY (start_time DESC)`,
    `CREATE TABLE ${keyspace}.service_name_index (service_name text, bucket int, start_time bigint, trace_id blob, PRIMARY KEY ((service_name, bucket), start_time)) WITH CLUSTERING ORDER BY (start_time DESC)`,
    `CREATE TABLE ${keyspace}.duration_index (service_name text, operation_name text, bucket timestamp, duration bigint, start_time bigint, trace_id blob, PRIMARY KEY ((service_name, operation_name, bucket), duration, start_time, trace_id)) WITH CLUSTERING ORDER BY (duration DESC, start_time DESC)`,
    `CREATE TABLE ${keyspace}.tag_index (service_name text, tag_key text, tag_value text, start_time bigint, trace_id blob, span_id bigint, PRIMARY KEY ((service_name, tag_key, tag_value), start_time, trace_id, span_id)) WITH CLUSTERING ORDER BY (start_time DESC)`,
    dependencies,
    ...index,
  ];
}
