export type { Cluster, ClusterRequest, ClusterResponse, Flavour } from "./cluster/cluster.ts";
export { openCluster } from "./cluster/connect.ts";
export { type ElasticsearchRecount, openElasticsearchRecount } from "./dependencies/recounted-spans.ts";
export { reasonOf } from "./errors.ts";
export { matchesPattern } from "./indices/index-pattern.ts";
export type { TemplateKind } from "./indices/mappings.ts";
export { usesComposableTemplates } from "./indices/prepare-templates.ts";
export { type TemplateSettings, templateBody, templateName } from "./indices/templates.ts";
export { type ElasticsearchStorage, openElasticsearchStorage } from "./open-elasticsearch-storage.ts";
export type {
  BulkLimits,
  Credentials,
  ElasticsearchStorageOptions,
  IndexFrequency,
  TagsAsFields,
} from "./options.ts";
export { createBulkMetrics } from "./write/bulk-metrics.ts";
