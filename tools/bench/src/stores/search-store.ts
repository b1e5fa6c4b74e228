import { type SearchServer, startElasticsearch, startOpensearch } from "@spoor/services";
import type { BackingStore, BackingStoreName, ServerCounts } from "./backing-store.ts";

/** One Elasticsearch or OpenSearch node; the collector puts its templates there. */
export async function startSearchStore(
  name: Exclude<BackingStoreName, "cassandra">,
  heapMb: number,
): Promise<BackingStore> {
  const server = await start(name, heapMb);
  return {
    name,
    version: server.version,
    env: {
      SPAN_STORAGE_TYPE: name === "opensearch" ? "opensearch" : "elasticsearch",
      ES_SERVER_URLS: server.url,
      ES_NUM_SHARDS: "1",
      ES_NUM_REPLICAS: "0",
    },
    counts: () => readCounts(server.url),
    settle: async () => {
      await ask(`${server.url}/_refresh`, "POST");
    },
    close: () => server.close(),
  };
}

function start(name: Exclude<BackingStoreName, "cassandra">, heapMb: number): Promise<SearchServer> {
  if (name === "opensearch") return startOpensearch({ heapMb });
  return startElasticsearch({ version: name === "elasticsearch9" ? "9.5.3" : "7.17.29", heapMb });
}

interface Indexing {
  readonly primaries: {
    readonly indexing: { readonly index_total: number };
    readonly docs: { readonly count: number };
    readonly bulk?: { readonly total_operations: number };
  };
}

/** Index operations and bulk operations by kind of index, spans of all days together. One bulk request is one operation of each index in it. */
async function readCounts(url: string): Promise<ServerCounts> {
  const stats = (await ask(`${url}/_stats`, "GET")) as { readonly indices: Readonly<Record<string, Indexing>> };
  const counts: Record<string, number> = {};
  for (const [index, { primaries }] of Object.entries(stats.indices)) {
    const kind = /jaeger-(span|service|dependencies|sampling)/.exec(index)?.[1];
    if (kind === undefined) continue;
    add(counts, `documents of ${kind}`, primaries.indexing.index_total);
    add(counts, `bulks of ${kind}`, primaries.bulk?.total_operations ?? 0);
  }
  return counts;
}

function add(counts: Record<string, number>, name: string, value: number): void {
  counts[name] = (counts[name] ?? 0) + value;
}

async function ask(url: string, method: string): Promise<unknown> {
  const reply = await fetch(url, { method });
  if (!reply.ok) throw new Error(`${method} ${url}: HTTP ${reply.status} ${await reply.text()}`);
  return reply.json();
}
