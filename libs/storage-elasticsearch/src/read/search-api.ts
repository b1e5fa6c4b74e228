import { StorageError } from "@spoor/storage-api";
import type { Cluster } from "../cluster/cluster.ts";
import { errorText, type ServerError, searchFailure } from "../errors.ts";

export interface Hit {
  readonly _id: string;
  readonly _index: string;
  readonly _source?: unknown;
  readonly sort?: readonly unknown[];
  readonly fields?: Readonly<Record<string, readonly unknown[]>>;
}

export interface SearchResult {
  readonly hits: readonly Hit[];
  /** Of all that matches, when it was asked for. */
  readonly total: number;
  readonly aggregations: Readonly<Record<string, unknown>>;
  /** Why the answer may lack something; `undefined` when it does not. */
  readonly partial: { readonly reason: "time" | "unreadable"; readonly detail: string } | undefined;
  readonly scrollId: string | undefined;
}

export interface Search {
  /** Names and patterns; those that do not exist are stepped over. */
  readonly indices: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly status?: number;
  readonly error?: ServerError;
  readonly timed_out?: boolean;
  readonly _scroll_id?: string;
  readonly _shards?: {
    readonly total: number;
    readonly failed?: number;
    readonly failures?: readonly { readonly reason?: ServerError; readonly index?: string }[];
  };
  readonly hits?: { readonly total?: { readonly value: number }; readonly hits: readonly Hit[] };
  readonly aggregations?: Readonly<Record<string, unknown>>;
}

/** Several searches in one request; names of indices stand in its body, where they may be long. An error of one is an error of all. */
export async function searchMany(
  cluster: Cluster,
  searches: readonly Search[],
  signal: AbortSignal | undefined,
): Promise<SearchResult[]> {
  // No names would mean all indices of the cluster.
  if (searches.some(({ indices }) => indices.length === 0)) throw new Error("a search needs an index");
  const lines = searches.flatMap(({ indices, body }) => [
    JSON.stringify({ index: indices, ignore_unavailable: true, allow_no_indices: true }),
    bodyText(body),
  ]);
  const response = await cluster.request({
    method: "POST",
    path: "/_msearch",
    body: `${lines.join("\n")}\n`,
    isLines: true,
    signal,
  });
  if (response.status !== 200) throw searchFailure(response);
  const { responses } = response.body as { readonly responses: readonly Answer[] };
  return responses.map(resultOf);
}

export async function searchOne(
  cluster: Cluster,
  search: Search,
  signal: AbortSignal | undefined,
): Promise<SearchResult> {
  const [result] = await searchMany(cluster, [search], signal);
  return result ?? { hits: [], total: 0, aggregations: {}, partial: undefined, scrollId: undefined };
}

const SCROLL_KEPT = "2m";

/** All that matches, page by page as of one moment; the server forgets it when the caller stops. */
export async function* scroll(
  cluster: Cluster,
  search: Search,
  signal: AbortSignal | undefined,
): AsyncGenerator<SearchResult> {
  let response = await cluster.request({
    method: "POST",
    path: `/${encodeURIComponent(search.indices.join(","))}/_search`,
    query: { scroll: SCROLL_KEPT, ignore_unavailable: true, allow_no_indices: true },
    body: bodyText(search.body),
    signal,
  });
  let scrollId: string | undefined;
  try {
    for (;;) {
      if (response.status !== 200) throw searchFailure(response);
      const result = resultOf(response.body as Answer);
      scrollId = result.scrollId ?? scrollId;
      // Shards that failed may be all that have something.
      if (result.hits.length > 0 || result.partial !== undefined) yield result;
      if (result.hits.length === 0 || scrollId === undefined) return;
      response = await cluster.request({
        method: "POST",
        path: "/_search/scroll",
        body: JSON.stringify({ scroll: SCROLL_KEPT, scroll_id: scrollId }),
        signal,
      });
    }
  } finally {
    if (scrollId !== undefined) {
      // It ends by itself in time: a failure is no matter.
      void cluster
        .request({ method: "DELETE", path: "/_search/scroll", body: JSON.stringify({ scroll_id: scrollId }) })
        .catch(() => {});
    }
  }
}

/** The result, if it lacks nothing; otherwise throws `UNAVAILABLE`. For what is replaced by what was read. */
export function whole(result: SearchResult): SearchResult {
  if (result.partial === undefined) return result;
  throw new StorageError("UNAVAILABLE", `the server does not give all that it has: ${result.partial.detail}`);
}

function resultOf(answer: Answer): SearchResult {
  if (answer.error !== undefined) {
    throw searchFailure({ status: answer.status ?? 500, body: { error: answer.error } });
  }
  return {
    hits: answer.hits?.hits ?? [],
    total: answer.hits?.total?.value ?? 0,
    aggregations: answer.aggregations ?? {},
    partial: partialOf(answer),
    scrollId: answer._scroll_id,
  };
}

function partialOf(answer: Answer): SearchResult["partial"] {
  if (answer.timed_out === true) return { reason: "time", detail: "the server ran out of time" };
  const shards = answer._shards;
  if (shards === undefined || (shards.failed ?? 0) === 0) return undefined;
  const first = shards.failures?.[0];
  const why = first?.reason === undefined ? "" : ` (${first.index ?? "?"}: ${errorText(first.reason)})`;
  return { reason: "unreadable", detail: `${shards.failed} of ${shards.total} shards failed${why}` };
}

function bodyText(body: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(body, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value));
}
