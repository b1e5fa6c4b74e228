export { CASSANDRA_FLAGS, readCassandraOptions } from "./cassandra-flags.ts";
export { ELASTICSEARCH_FLAGS, elasticsearchOptions } from "./elasticsearch-flags.ts";
export { openStorage } from "./open-storage.ts";
export { storageEnvironment } from "./storage-environment.ts";
export { storageFlags } from "./storage-flags.ts";
export {
  chosenStorageTypes,
  STORAGE_TYPES,
  type StorageType,
  shownStorageTypes,
  storageTypes,
} from "./storage-types.ts";
