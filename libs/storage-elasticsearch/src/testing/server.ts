import type { SearchServer } from "@spoor/services";
import { parseExactJson } from "../document/exact-json.ts";
import { type ElasticsearchStorage, openElasticsearchStorage } from "../open-elasticsearch-storage.ts";
import type { ElasticsearchStorageOptions } from "../options.ts";
import type { RecordedDocument } from "./recorded.ts";

/** The server that the tests of a block share; started in its `beforeAll`. */
export type CurrentServer = () => SearchServer;

/** Plain HTTP, past every part of the store. */
export async function http(server: SearchServer, method: string, path: string, body?: string): Promise<unknown> {
  const response = await fetch(server.url + path, {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : parseExactJson(text);
}

/** Removes every index and template of ours. */
export async function clear(server: SearchServer, pattern: string = "*jaeger-*"): Promise<void> {
  await http(server, "DELETE", `/${pattern}?expand_wildcards=all`);
}

/** Small indices, so that tests are quick. */
export function open(server: SearchServer, options: ElasticsearchStorageOptions = {}): Promise<ElasticsearchStorage> {
  return openElasticsearchStorage({ servers: [server.url], shards: 1, replicas: 0, ...options });
}

/** Every document of these indices. */
export async function documents(server: SearchServer, pattern: string = "*jaeger-*"): Promise<RecordedDocument[]> {
  await http(server, "POST", `/${pattern}/_refresh`);
  const answer = (await http(server, "GET", `/${pattern}/_search?size=10000`)) as {
    readonly hits?: { readonly hits: readonly RecordedDocument[] };
  };
  return [...(answer.hits?.hits ?? [])];
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
