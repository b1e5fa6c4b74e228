export type { Cluster, ClusterRequest, ClusterResponse, Flavour } from "./cluster/cluster.ts";
export { type ElasticsearchStorage, openElasticsearchStorage } from "./open-elasticsearch-storage.ts";
export type {
  BulkLimits,
  ClusterTls,
  Credentials,
  ElasticsearchStorageOptions,
  IndexFrequency,
  TagsAsFields,
} from "./options.ts";
