import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FlagDefinition, Settings } from "@spoor/daemon";
import {
  type SearchAddress,
  type ServiceName,
  type Shared,
  sharedCassandra,
  sharedElasticsearch,
  sharedOpensearch,
  uniqueName,
} from "@spoor/services";
import type { Storage } from "@spoor/storage-api";
import { applySchema } from "@spoor/storage-cassandra";
import { openStorage, type StorageType, storageFlags } from "@spoor/storage-factory";
import { pino } from "pino";
import { Registry } from "prom-client";
import { CAPABILITIES } from "./capabilities.ts";
import type { Capability } from "./capability.ts";

export interface StoreUnderTest {
  readonly name: string;
  /** The server it needs. */
  readonly service: ServiceName | undefined;
  readonly capabilities: readonly Capability[];
  /** Gives an empty store. */
  open(): Promise<OpenStore>;
}

export interface OpenStore {
  readonly storage: Storage;
  /** Closes it and removes what it wrote. */
  dispose(): Promise<void>;
}

export const STORES: readonly StoreUnderTest[] = [
  {
    name: "memory",
    service: undefined,
    capabilities: CAPABILITIES.memory,
    async open() {
      const storage = await openByFlags("memory", {});
      return { storage, dispose: () => storage.close() };
    },
  },
  {
    name: "embedded",
    service: undefined,
    capabilities: CAPABILITIES.embedded,
    async open() {
      const directory = await mkdtemp(join(tmpdir(), "spoor-differential-"));
      const storage = await openByFlags("embedded", { "embedded.directory": directory });
      return {
        storage,
        async dispose() {
          await storage.close();
          await rm(directory, { recursive: true });
        },
      };
    },
  },
  {
    name: "Cassandra 5.0",
    service: "cassandra",
    capabilities: CAPABILITIES.cassandra,
    open: openCassandra,
  },
  search("Elasticsearch 7.17", "elasticsearch7", "elasticsearch", () => sharedElasticsearch("7.17.29")),
  search("Elasticsearch 9", "elasticsearch9", "elasticsearch", () => sharedElasticsearch("9.5.3")),
  search("OpenSearch 3", "opensearch", "opensearch", sharedOpensearch),
];

/** Opens a store as a daemon with these flags does. */
function openByFlags(type: StorageType, values: Readonly<Record<string, string>>): Promise<Storage> {
  const flags = new Map<string, FlagDefinition>();
  for (const group of storageFlags([type])) for (const flag of group.flags) flags.set(flag.name, flag);
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  const settings = new Settings(flags, { commandLine, environment: {}, configFile: new Map() });
  return openStorage([type], { settings, logger: pino({ level: "error" }), registry: new Registry() });
}

async function openCassandra(): Promise<OpenStore> {
  const server = await sharedCassandra();
  const keyspace = uniqueName("differential");
  await applySchema(
    { servers: [server.host], port: server.port, keyspace, timeoutMs: 60_000 },
    {
      keyspace,
      replication: "{'class': 'SimpleStrategy', 'replication_factor': '1'}",
      traceTtlSeconds: 0,
      dependenciesTtlSeconds: 0,
      compactionWindowSize: 96,
      compactionWindowUnit: "MINUTES",
    },
  );
  const storage = await openByFlags("cassandra", {
    "cassandra.servers": server.host,
    "cassandra.port": String(server.port),
    "cassandra.keyspace": keyspace,
  });
  return {
    storage,
    async dispose() {
      await storage.close();
      server.release();
    },
  };
}

function search(
  name: string,
  service: ServiceName,
  type: "elasticsearch" | "opensearch",
  share: () => Promise<Shared<SearchAddress>>,
): StoreUnderTest {
  return {
    name,
    service,
    capabilities: CAPABILITIES.elasticsearch,
    async open() {
      const server = await share();
      const prefix = uniqueName("differential");
      const storage = await openByFlags(type, {
        "es.server-urls": server.url,
        "es.index-prefix": prefix,
        "es.num-shards": "1",
        "es.num-replicas": "0",
        // Services and operations are listed for as long; the spans are some days old.
        "es.max-span-age": "240h",
      });
      return {
        storage,
        async dispose() {
          await storage.close();
          await fetch(`${server.url}/${prefix}-*`, { method: "DELETE" });
          server.release();
        },
      };
    },
  };
}
