import { type CassandraOptions, startCassandra } from "../cassandra.ts";
import { type ElasticsearchOptions, startElasticsearch } from "../elasticsearch.ts";
import { type KafkaOptions, startKafka } from "../kafka.ts";
import { type OpensearchOptions, startOpensearch } from "../opensearch.ts";
import type { SearchServer } from "../search-server.ts";
import type { Launcher, RunningServer } from "./server-pool.ts";

export type CassandraVersion = NonNullable<CassandraOptions["version"]>;
export type ElasticsearchVersion = NonNullable<ElasticsearchOptions["version"]>;
export type OpensearchVersion = NonNullable<OpensearchOptions["version"]>;

export type KafkaVersion = NonNullable<KafkaOptions["version"]>;

export interface CassandraAddress {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly localDataCenter: "datacenter1";
}

/** Of Elasticsearch and OpenSearch; plain HTTP, no password. */
export interface SearchAddress {
  readonly url: string;
  readonly version: string;
}

export interface KafkaAddress {
  /** `host:port` of each; plaintext, no password. */
  readonly brokers: readonly string[];
}

/** Every server that can be shared, and what whoever asks for it gets to know. A new kind of server is an entry here and one in {@link LAUNCHERS}. */
export interface SharedAddresses {
  readonly "cassandra-5.0.9": CassandraAddress;
  readonly "cassandra-4.1.10": CassandraAddress;
  readonly "elasticsearch-7.17.29": SearchAddress;
  readonly "elasticsearch-8.19.21": SearchAddress;
  readonly "elasticsearch-9.5.3": SearchAddress;
  readonly "opensearch-2.19.6": SearchAddress;
  readonly "opensearch-3.6.0": SearchAddress;
  readonly "kafka-3.9.2": KafkaAddress;
  readonly "kafka-4.4.0": KafkaAddress;
}

export type SharedName = keyof SharedAddresses;

/** Many suites keep indices at the same time. */
const MANY_INDICES = { "cluster.max_shards_per_node": 20_000 };

export const LAUNCHERS: { readonly [Name in SharedName]: Launcher<SharedAddresses[Name]> } = {
  "cassandra-5.0.9": () => cassandra("5.0.9"),
  "cassandra-4.1.10": () => cassandra("4.1.10"),
  "elasticsearch-7.17.29": async () => search(await startElasticsearch({ version: "7.17.29", settings: MANY_INDICES })),
  "elasticsearch-9.5.3": async () => search(await startElasticsearch({ version: "9.5.3", settings: MANY_INDICES })),
  "elasticsearch-8.19.21": async () => search(await startElasticsearch({ version: "8.19.21", settings: MANY_INDICES })),
  "opensearch-2.19.6": async () => search(await startOpensearch({ version: "2.19.6", settings: MANY_INDICES })),
  "opensearch-3.6.0": async () => search(await startOpensearch({ settings: MANY_INDICES })),
  "kafka-3.9.2": () => kafka("3.9.2"),
  "kafka-4.4.0": () => kafka("4.4.0"),
};

async function cassandra(version: CassandraVersion): Promise<RunningServer<CassandraAddress>> {
  const server = await startCassandra({ version, heapMb: 512 });
  const { host, port, localDataCenter } = server;
  return { address: { host, port, localDataCenter }, close: () => server.close() };
}

function search(server: SearchServer): RunningServer<SearchAddress> {
  return { address: { url: server.url, version: server.version }, close: () => server.close() };
}

/** Topics that are made by being used have several partitions, and members of groups may be given up soon. */
const KAFKA_SETTINGS = { "num.partitions": 4, "group.min.session.timeout.ms": 1000 };

async function kafka(version: KafkaVersion): Promise<RunningServer<KafkaAddress>> {
  const server = await startKafka({ version, settings: KAFKA_SETTINGS });
  return { address: { brokers: server.brokers }, close: () => server.close() };
}
