import { type ServiceName, sharedCassandra, sharedElasticsearch, sharedOpensearch, uniqueName } from "@spoor/services";
import { runApp } from "./run-app.ts";

export type Environment = Readonly<Record<string, string>>;

/** A kind of store on a real server, as an operator sets it up. */
export interface StoreKind {
  /** As in `SPAN_STORAGE_TYPE`. */
  readonly type: "cassandra" | "elasticsearch" | "opensearch";
  readonly service: ServiceName;
  prepare(): Promise<PreparedStore>;
}

/** A place of its own on a shared server. */
export interface PreparedStore {
  /** For daemons that use it. */
  readonly environment: Environment;
  /** Another place with nothing in it, but the same archive. */
  readonly emptyWithSameArchive: Environment;
  release(): void;
}

const cassandra: StoreKind = {
  type: "cassandra",
  service: "cassandra",
  async prepare() {
    const { host, port, release } = await sharedCassandra();
    const name = uniqueName("e2e");
    const archive = `${name}_archive`;
    const empty = `${name}_empty`;
    for (const keyspace of [name, archive, empty]) await createKeyspace(host, port, keyspace);
    const environment = {
      CASSANDRA_SERVERS: host,
      CASSANDRA_PORT: String(port),
      CASSANDRA_KEYSPACE: name,
      CASSANDRA_ARCHIVE_ENABLED: "true",
      CASSANDRA_ARCHIVE_KEYSPACE: archive,
    };
    return { environment, emptyWithSameArchive: { ...environment, CASSANDRA_KEYSPACE: empty }, release };
  },
};

/** Runs the tool that is there for it. */
export async function createKeyspace(
  host: string,
  port: number,
  keyspace: string,
  more: Environment = {},
): Promise<void> {
  const { code, output } = await runApp("cassandra-schema", [], {
    MODE: "test",
    CQLSH_HOST: host,
    CQLSH_PORT: String(port),
    KEYSPACE: keyspace,
    ...more,
  });
  if (code !== 0) throw new Error(`cassandra-schema ended with ${code}: ${output}`);
}

function searchStore(
  type: "elasticsearch" | "opensearch",
  service: ServiceName,
  share: () => Promise<{ readonly url: string; release(): void }>,
): StoreKind {
  return {
    type,
    service,
    async prepare() {
      const { url, release } = await share();
      const prefix = uniqueName("e2e");
      const environment = {
        ES_SERVER_URLS: url,
        ES_INDEX_PREFIX: prefix,
        ES_NUM_SHARDS: "1",
        ES_NUM_REPLICAS: "0",
        ES_ARCHIVE_ENABLED: "true",
        ES_ARCHIVE_SERVER_URLS: url,
        ES_ARCHIVE_INDEX_PREFIX: prefix,
        ES_ARCHIVE_NUM_SHARDS: "1",
        ES_ARCHIVE_NUM_REPLICAS: "0",
      };
      return { environment, emptyWithSameArchive: { ...environment, ES_INDEX_PREFIX: `${prefix}_empty` }, release };
    },
  };
}

export const CASSANDRA = cassandra;
export const ELASTICSEARCH = searchStore("elasticsearch", "elasticsearch9", () => sharedElasticsearch("9.5.3"));
export const OPENSEARCH = searchStore("opensearch", "opensearch", () => sharedOpensearch());
