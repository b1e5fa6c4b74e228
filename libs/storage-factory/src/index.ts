export { CASSANDRA_FLAGS, readCassandraOptions } from "./cassandra-flags.ts";
export { ELASTICSEARCH_FLAGS, elasticsearchOptions } from "./elasticsearch-flags.ts";
export { openDaemonStorage } from "./open-daemon-storage.ts";
export { openStorage } from "./open-storage.ts";
export { SAMPLING_STORAGE_ENVIRONMENT, storageEnvironment } from "./storage-environment.ts";
export { storageFlags } from "./storage-flags.ts";
export {
  chosenStorageTypes,
  refuseWriteOnly,
  STORAGE_TYPES,
  type StorageType,
  samplingStorageType,
  shownStorageTypes,
  storageTypes,
  withSamplingStorage,
} from "./storage-types.ts";
