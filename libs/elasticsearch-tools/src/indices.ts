import { type Cluster, reasonOf } from "@spoor/storage-elasticsearch";

/** An index of ours, as the cluster has it. */
export interface JaegerIndex {
  readonly name: string;
  readonly creationTimeMs: number;
  readonly aliases: ReadonlySet<string>;
}

interface IndexJson {
  readonly aliases?: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, string>>;
}

/** v1's tools put a dash behind every prefix, also one that ends in a dash. */
export function toolPrefix(prefix: string): string {
  return prefix === "" ? "" : `${prefix}-`;
}

/** All indices whose name begins with the prefix and `jaeger-`. */
export async function jaegerIndices(cluster: Cluster, prefix: string): Promise<JaegerIndex[]> {
  const response = await cluster.request({
    method: "GET",
    path: `/${encodeURIComponent(`${prefix}jaeger-*`)}`,
    query: { flat_settings: true, filter_path: "*.aliases,*.settings" },
  });
  if (response.status === 404) return [];
  if (response.status !== 200) throw new Error(`failed to query indices: ${problem(response)}`);
  const found = Object.entries(response.body as Readonly<Record<string, IndexJson>>);
  return found
    .map(([name, { aliases, settings }]) => ({
      name,
      creationTimeMs: Number(settings?.["index.creation_date"] ?? 0),
      aliases: new Set(Object.keys(aliases ?? {})),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export interface Alias {
  readonly index: string;
  readonly alias: string;
  readonly is_write_index?: boolean;
}

/** Adds or removes aliases in one step. */
export async function changeAliases(
  cluster: Cluster,
  action: "add" | "remove",
  aliases: readonly Alias[],
): Promise<void> {
  const response = await cluster.request({
    method: "POST",
    path: "/_aliases",
    body: JSON.stringify({ actions: aliases.map((alias) => ({ [action]: alias })) }),
  });
  if (response.status === 200) return;
  const names = aliases.map(({ index, alias }) => `[index: ${index}, alias: ${alias}]`).join(",");
  throw new Error(`failed to ${action === "add" ? "create" : "delete"} aliases: ${names}, ${problem(response)}`);
}

/** What the server answered, in v1's words. */
export function problem({ status, body }: { readonly status: number; readonly body: unknown }): string {
  return `request failed, status code: ${status}, body: ${reasonOf(body)}`;
}
