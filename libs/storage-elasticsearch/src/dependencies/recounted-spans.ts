import type { RecountedSpan, RecountedStore, RecountOptions, RecountRange } from "@spoor/service-calls";
import type { DependencyLink } from "@spoor/storage-api";
import type { Cluster } from "../cluster/cluster.ts";
import { connectCluster } from "../cluster/connect.ts";
import { IndexNames } from "../indices/index-names.ts";
import { type ElasticsearchStorageOptions, type Options, withDefaults } from "../options.ts";
import { type Search, scroll, searchOne, whole } from "../read/search-api.ts";
import { DAY_MS, HOUR_MS, readDependencyDocuments, writeDay } from "./dependency-documents.ts";
import { findSpans } from "./stored-calls.ts";
import { CALL_FIELDS, callingSpan } from "./stored-span.ts";

const PAGE = 2000;
const DEFAULT_GROUP_SPANS = 100_000;
const DIGITS = [..."0123456789abcdef"];

type Filter = Readonly<Record<string, unknown>>;

interface Part {
  readonly filters: readonly Filter[];
  readonly count: number;
}

interface Buckets {
  readonly buckets: Readonly<Record<string, { readonly doc_count: number }>>;
}

/** Dependency links of days that are over, counted again. */
export interface ElasticsearchRecount extends RecountedStore {
  readonly server: { readonly flavour: string; readonly version: string };
  /** Hours of the day whose links were counted as spans were stored, milliseconds since the epoch; whoever counts them may write them again. */
  countedHours(dayMs: number): Promise<readonly number[]>;
  /** Writes the links of a UTC day in v1's layout, in place of all that is there for it. Gives the index. */
  replaceDay(dayMs: number, links: readonly DependencyLink[]): Promise<string>;
  close(): Promise<void>;
}

export interface ElasticsearchRecountOptions extends ElasticsearchStorageOptions {
  /** Spans held at once. */
  readonly groupSpans?: number;
}

/** Connects for counting; prepares nothing. */
export async function openElasticsearchRecount(given: ElasticsearchRecountOptions): Promise<ElasticsearchRecount> {
  const options = withDefaults(given);
  const cluster = await connectCluster(options);
  const names = new IndexNames(options);
  const dayOf = (dayMs: number) => ({ startTimeMs: dayMs, endTimeMs: dayMs + DAY_MS - 1 });
  return {
    server: { flavour: cluster.flavour, version: cluster.version },
    spanGroups: (range, recount) =>
      spanGroups({ cluster, names, range, groupSpans: given.groupSpans ?? DEFAULT_GROUP_SPANS, options }, recount),
    findSpans: (wanted) => findSpans(cluster, names, wanted, whole),
    async countedHours(dayMs) {
      const documents = await readDependencyDocuments(cluster, names, dayOf(dayMs), { check: whole });
      return documents.filter(({ isOfHour }) => isOfHour).map(({ timestampMs }) => timestampMs);
    },
    async replaceDay(dayMs, links) {
      // Whoever may not refresh waits for the server to do it: no answer matters.
      const refresh = async () => {
        const indices = names.read("dependencies", dayMs / 1000, dayMs / 1000).filter((name) => !name.includes(":"));
        const query = { ignore_unavailable: true, allow_no_indices: true };
        await cluster.request({ method: "POST", path: `/${encodeURIComponent(indices.join(","))}/_refresh`, query });
      };
      await refresh();
      const index = await writeDay(cluster, options, names, dayMs, links);
      await refresh();
      return index;
    },
    close: () => cluster.close(),
  };
}

interface Source {
  readonly cluster: Cluster;
  readonly names: IndexNames;
  readonly options: Options;
  readonly range: RecountRange;
  readonly groupSpans: number;
}

/** The server gives spans in the order of its files; parts of the ids are few enough to be held, and together they are all. */
async function* spanGroups(source: Source, options: RecountOptions): AsyncGenerator<readonly RecountedSpan[]> {
  const { cluster, names, range } = source;
  // Callers begin before whom they call, or a little later by another clock.
  const from = Math.max(0, range.startTimeMs - HOUR_MS);
  const to = range.endTimeMs + HOUR_MS;
  const indices = names.read("span", from / 1000, to / 1000);
  const inTime = { range: { startTime: { gte: from * 1000, lt: to * 1000 } } };
  const tag = options.peerServiceTag;
  const field = tag?.replaceAll(".", source.options.tagsAsFields.dotReplacement);
  const fields = field === undefined ? CALL_FIELDS : [...CALL_FIELDS, `tag.${field}`];
  const all: Search = { indices, body: { query: inTime, size: 0, track_total_hits: true } };
  const { total } = whole(await searchOne(cluster, all, options.signal));
  const parts = partsOf(source, indices, { filters: [inTime], count: total }, "traceID", "", options);
  for await (const { filters } of parts) {
    const group: RecountedSpan[] = [];
    const search = {
      indices,
      body: { query: { bool: { filter: filters } }, sort: ["_doc"], size: PAGE, _source: fields },
    };
    for await (const page of scroll(cluster, search, options.signal)) {
      for (const { _source } of whole(page).hits) {
        const span = callingSpan(_source);
        if (span === undefined) continue;
        group.push(tag === undefined ? span : { ...span, peerService: tagText(_source, tag, field ?? tag) });
      }
    }
    yield group;
  }
}

/** Splits by one digit more of the id until a part is small; one trace that is not is split by the ids of its spans. */
async function* partsOf(
  source: Source,
  indices: readonly string[],
  part: Part,
  key: "traceID" | "spanID",
  prefix: string,
  options: RecountOptions,
): AsyncGenerator<Part> {
  if (part.count === 0) return;
  if (part.count <= source.groupSpans) {
    yield part;
    return;
  }
  const deeper = Object.fromEntries(DIGITS.map((digit) => [digit, { prefix: { [key]: prefix + digit } }]));
  const filters: Readonly<Record<string, Filter>> = { ...deeper, exact: { term: { [key]: prefix } } };
  const result = await searchOne(
    source.cluster,
    {
      indices,
      body: {
        query: { bool: { filter: part.filters } },
        size: 0,
        track_total_hits: false,
        aggs: { digits: { filters: { filters } } },
      },
    },
    options.signal,
  );
  const { buckets } = whole(result).aggregations.digits as Buckets;
  for (const [digit, filter] of Object.entries(filters)) {
    const count = buckets[digit]?.doc_count ?? 0;
    const smaller = { filters: [...part.filters, filter], count };
    if (digit !== "exact") yield* partsOf(source, indices, smaller, key, prefix + digit, options);
    else if (key === "traceID") yield* partsOf(source, indices, smaller, "spanID", "", options);
    else if (count > 0) yield smaller;
  }
}

function tagText(source: unknown, key: string, field: string): string | undefined {
  const { tags, tag } = source as {
    readonly tags?: readonly { readonly key?: string; readonly value?: unknown }[];
    readonly tag?: Readonly<Record<string, unknown>>;
  };
  const value = tags?.find((each) => each.key === key)?.value ?? tag?.[field];
  return value === undefined ? undefined : String(value);
}
