import type { Operation } from "@spoor/storage-api";
import type { Cluster } from "../cluster/cluster.ts";
import { KIND_FIELD } from "../document/service-document.ts";
import { searchOne } from "./search-api.ts";

const PAGE = 1000;
/** Names read at most; nobody chooses from more. */
const MOST_NAMES = 200_000;

interface CompositeBuckets {
  readonly after_key?: Readonly<Record<string, unknown>>;
  readonly buckets: readonly { readonly key: Readonly<Record<string, string | null>> }[];
}

/** Names of services in alphabetical order. */
export async function readServices(
  cluster: Cluster,
  indices: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const names: string[] = [];
  const sources = [{ service: { terms: { field: "serviceName" } } }];
  for await (const key of combinations(cluster, indices, { match_all: {} }, sources, signal)) {
    names.push(key.service ?? "");
  }
  return names.sort();
}

/** Operations of a service in alphabetical order, once for each span kind; documents of v1 have none. */
export async function readOperations(
  cluster: Cluster,
  indices: readonly string[],
  serviceName: string,
  signal: AbortSignal | undefined,
): Promise<Operation[]> {
  const operations: Operation[] = [];
  const sources = [
    { name: { terms: { field: "operationName" } } },
    { kind: { terms: { field: KIND_FIELD, missing_bucket: true } } },
  ];
  for await (const key of combinations(cluster, indices, { term: { serviceName } }, sources, signal)) {
    operations.push({ name: key.name ?? "", spanKind: key.kind ?? "" });
  }
  return operations.sort((a, b) => compareText(a.name, b.name) || compareText(a.spanKind, b.spanKind));
}

/** Every combination of values there is, page by page. */
async function* combinations(
  cluster: Cluster,
  indices: readonly string[],
  query: Readonly<Record<string, unknown>>,
  sources: readonly Readonly<Record<string, unknown>>[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Readonly<Record<string, string | null>>> {
  let after: Readonly<Record<string, unknown>> | undefined;
  for (let read = 0; read < MOST_NAMES; read += PAGE) {
    const composite = { size: PAGE, sources, ...(after === undefined ? {} : { after }) };
    const body = { size: 0, track_total_hits: false, query, aggs: { names: { composite } } };
    const { aggregations } = await searchOne(cluster, { indices, body }, signal);
    const page = aggregations.names as CompositeBuckets | undefined;
    for (const { key } of page?.buckets ?? []) yield key;
    after = page?.after_key;
    if (after === undefined || (page?.buckets.length ?? 0) < PAGE) return;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
