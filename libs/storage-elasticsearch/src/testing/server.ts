import type { SearchAddress } from "@spoor/services";
import { parseExactJson } from "../document/exact-json.ts";
import { type ElasticsearchStorage, openElasticsearchStorage } from "../open-elasticsearch-storage.ts";
import type { ElasticsearchStorageOptions } from "../options.ts";
import type { RecordedDocument } from "./recorded.ts";

/** A server, and the prefix of the indices that a block of tests has on it: others use it at the same time. */
export interface TestServer extends SearchAddress {
  readonly prefix: string;
}

/** The server of a block of tests; there from its `beforeAll` on. */
export type CurrentServer = () => TestServer;

/** Plain HTTP, past every part of the store. */
export async function http(server: SearchAddress, method: string, path: string, body?: string): Promise<unknown> {
  const response = await fetch(server.url + path, {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : parseExactJson(text);
}

/** Removes every index of ours. */
export async function clear(server: TestServer): Promise<void> {
  await http(server, "DELETE", `/${server.prefix}-*?expand_wildcards=all`);
}

/** Small indices with the prefix of these tests, behind which another may stand. */
export function open(server: TestServer, options: ElasticsearchStorageOptions = {}): Promise<ElasticsearchStorage> {
  return openElasticsearchStorage({
    servers: [server.url],
    shards: 1,
    replicas: 0,
    ...options,
    indexPrefix: options.indexPrefix === undefined ? server.prefix : `${server.prefix}-${options.indexPrefix}`,
  });
}

/** Every document of ours; the names of their indices without the prefix of these tests. */
export async function documents(server: TestServer, pattern: string = "*"): Promise<RecordedDocument[]> {
  const indices = `${server.prefix}-${pattern}`;
  await http(server, "POST", `/${indices}/_refresh`);
  const answer = (await http(server, "GET", `/${indices}/_search?size=10000`)) as {
    readonly hits?: { readonly hits: readonly RecordedDocument[] };
  };
  return (answer.hits?.hits ?? []).map((hit) => ({ ...hit, _index: hit._index.slice(server.prefix.length + 1) }));
}

/** Text that is equal exactly when two values of JSON are, whatever the order of their keys. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === "bigint") return `${item}n`;
    if (Object.is(item, -0)) return "-0";
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
