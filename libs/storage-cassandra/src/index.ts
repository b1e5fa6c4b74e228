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
export { applySchema, runStatements, type SchemaReport } from "./schema/apply-schema.ts";
export { type SchemaParameters, schemaStatements } from "./schema/statements.ts";
