export { type CassandraStorageOptions, openCassandraStorage } from "./open-cassandra-storage.ts";
export {
  type CassandraConnectionOptions,
  type CassandraTls,
  CONSISTENCIES,
  type Consistency,
  DEFAULT_KEYSPACE,
  type TagIndexOptions,
} from "./options.ts";
export { DEFAULT_SEARCH_LIMITS, type SearchLimits } from "./read/search.ts";
export { LeaseLock } from "./sampling/lease-lock.ts";
export { CassandraSamplingStore, type OperationProbability, type Throughput } from "./sampling/sampling-store.ts";
export { applySchema, runStatements, type SchemaReport } from "./schema/apply-schema.ts";
export { type SchemaParameters, schemaStatements } from "./schema/statements.ts";
export { Session } from "./session.ts";
