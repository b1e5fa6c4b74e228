export { type CassandraRecount, openCassandraRecount } from "./dependencies/recounted-spans.ts";
export { createReadMetrics, createWriteMetrics } from "./metrics.ts";
export { type CassandraStorageOptions, openCassandraStorage } from "./open-cassandra-storage.ts";
export {
  type CassandraConnectionOptions,
  CONSISTENCIES,
  type Consistency,
  DEFAULT_KEYSPACE,
  type TagIndexOptions,
} from "./options.ts";
export { DEFAULT_SEARCH_LIMITS, type SearchLimits } from "./read/search.ts";
export { CassandraLeaseLock } from "./sampling/lease-lock.ts";
export { CassandraSamplingStore } from "./sampling/sampling-store.ts";
export { applySchema, runStatements, type SchemaReport } from "./schema/apply-schema.ts";
export { type SchemaParameters, schemaStatements } from "./schema/statements.ts";
export { Session } from "./session.ts";
