export { type CassandraOptions, type CassandraServer, startCassandra } from "./cassandra.ts";
export { createTestCertificates, replaceServerStores, type TestCertificates } from "./certificates.ts";
export { type ElasticsearchOptions, startElasticsearch } from "./elasticsearch.ts";
export * from "./errors.ts";
export { type KafkaNode, type KafkaOptions, type KafkaServer, startKafka } from "./kafka.ts";
export { type MuteServer, startMuteServer } from "./mute-server.ts";
export { type OpensearchOptions, startOpensearch } from "./opensearch.ts";
export { freePorts } from "./process.ts";
export { type PrometheusOptions, type PrometheusServer, startPrometheus } from "./prometheus.ts";
export { requireService, type ServiceAvailability, type ServiceName } from "./require-service.ts";
export type { SearchServer } from "./search-server.ts";
export type {
  CassandraAddress,
  CassandraVersion,
  ElasticsearchVersion,
  KafkaAddress,
  KafkaVersion,
  OpensearchVersion,
  SearchAddress,
} from "./shared/catalogue.ts";
export {
  SHARED_START_TIMEOUT_MS,
  type Shared,
  sharedCassandra,
  sharedElasticsearch,
  sharedKafka,
  sharedOpensearch,
  uniqueName,
} from "./shared/shared.ts";
export { type ProxiedConnection, startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
