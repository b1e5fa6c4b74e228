import { formatTraceId, parseTraceId, type TraceId } from "@spoor/span-model";
import type { EncodedSpan } from "@spoor/span-wire";
import type {
  Completeness,
  FoundTraces,
  Operation,
  ReadOptions,
  TraceQuery,
  TraceReader,
  TraceSpans,
} from "@spoor/storage-api";
import { type Cluster, inTheNameOf } from "../cluster/cluster.ts";
import { DocumentReader } from "../document/read-document.ts";
import type { TagFields } from "../document/tag-fields.ts";
import { closed } from "../errors.ts";
import type { IndexNames } from "../indices/index-names.ts";
import type { Options } from "../options.ts";
import { readOperations, readServices } from "./names.ts";
import type { Refresher } from "./refresher.ts";
import { type Hit, type SearchResult, scroll, searchMany, searchOne } from "./search-api.ts";
import { checkQuery, spanQuery, unsearchable } from "./search-query.ts";

/** Spans of one chunk, and of one answer of the server. */
const PAGE = 1000;
/** Traces asked for in one request. */
const TRACES_A_REQUEST = 10;
/** The server gives no more in one answer (`index.max_result_window`). */
const MOST_TRACES = 10_000;
const HOUR_S = 3600;
const DAY_S = 86_400;

interface FirstPage {
  readonly hits: readonly Hit[];
  readonly total: number;
  readonly indices: readonly string[];
}

/** Reads documents of spans and of operations. */
export class DocumentTraceReader implements TraceReader {
  readonly #cluster: Cluster;
  readonly #options: Options;
  readonly #names: IndexNames;
  readonly #fields: TagFields;
  readonly #refresher: Refresher;
  readonly #page: number;
  #isClosed = false;

  constructor(cluster: Cluster, options: Options, names: IndexNames, fields: TagFields, refresher: Refresher) {
    this.#cluster = cluster;
    this.#options = options;
    this.#names = names;
    this.#fields = fields;
    this.#refresher = refresher;
    this.#page = Math.max(1, Math.min(PAGE, options.maxDocCount));
  }

  close(): void {
    this.#isClosed = true;
  }

  async *getTrace(traceId: TraceId, options: ReadOptions): AsyncGenerator<readonly EncodedSpan[]> {
    await this.#ready(options);
    const [page] = await this.#firstPages([traceId], options);
    if (page !== undefined) yield* this.#chunks(traceId, page, options);
  }

  async *getTraces(traceIds: readonly TraceId[], options: ReadOptions): AsyncGenerator<TraceSpans> {
    await this.#ready(options);
    for (let at = 0; at < traceIds.length; at += TRACES_A_REQUEST) {
      const group = traceIds.slice(at, at + TRACES_A_REQUEST);
      const pages = await this.#firstPages(group, options);
      for (const [i, traceId] of group.entries()) {
        const spans: EncodedSpan[] = [];
        for await (const chunk of this.#chunks(traceId, pages[i], options)) spans.push(...chunk);
        if (spans.length > 0) yield { traceId, spans };
      }
    }
  }

  async findTraceIds(query: TraceQuery, options: ReadOptions): Promise<FoundTraces> {
    await this.#ready(options);
    checkQuery(query);
    if (query.startTimeMinNs > query.startTimeMaxNs) return { traceIds: [], completeness: { complete: true } };
    const indices = this.#names.read("span", seconds(query.startTimeMinNs), seconds(query.startTimeMaxNs));
    const size = Math.min(query.limit, MOST_TRACES);
    const result = await searchOne(
      inTheNameOf(this.#cluster, options.bearerToken),
      {
        indices,
        body: {
          query: spanQuery(query, this.#fields),
          // The newest span of each trace, newest first: exact, and without a list of all traces.
          collapse: { field: "traceID" },
          sort: [{ startTime: { order: "desc", unmapped_type: "long" } }],
          size,
          track_total_hits: false,
          _source: false,
        },
      },
      options.signal,
    );
    const traceIds = new Set<TraceId>();
    for (const hit of result.hits) {
      const id = parseTraceId(String(hit.fields?.traceID?.[0] ?? ""));
      if (id !== undefined) traceIds.add(id);
    }
    return { traceIds: [...traceIds], completeness: completenessOf(query, result, size) };
  }

  async getServices(options: ReadOptions): Promise<readonly string[]> {
    await this.#ready(options);
    return readServices(inTheNameOf(this.#cluster, options.bearerToken), this.#recent("service"), options.signal);
  }

  async getOperations(
    query: { readonly serviceName: string; readonly spanKind?: string },
    options: ReadOptions,
  ): Promise<readonly Operation[]> {
    await this.#ready(options);
    const operations = await readOperations(
      inTheNameOf(this.#cluster, options.bearerToken),
      this.#recent("service"),
      query.serviceName,
      options.signal,
    );
    return query.spanKind === undefined ? operations : operations.filter(({ spanKind }) => spanKind === query.spanKind);
  }

  async #ready(options: ReadOptions): Promise<void> {
    if (this.#isClosed) throw closed();
    options.signal?.throwIfAborted();
    await this.#refresher.settle();
    options.signal?.throwIfAborted();
  }

  #recent(kind: "span" | "service"): string[] {
    const now = Date.now() / 1000;
    return this.#names.read(kind, now - this.#options.maxSpanAgeMs / 1000, now + HOUR_S);
  }

  /**
   * The oldest spans of each trace and how many there are. A trace that is not among the recent indices, or that reaches to their edge, is
   * looked for everywhere.
   */
  async #firstPages(traceIds: readonly TraceId[], options: ReadOptions): Promise<(FirstPage | undefined)[]> {
    const recent = this.#recent("span");
    const pages = await this.#pages(traceIds, recent, options);
    if (this.#names.isTimeless) return pages;
    const edge = (Math.floor((Date.now() - this.#options.maxSpanAgeMs) / 1000 / DAY_S) * DAY_S + HOUR_S) * 1_000_000;
    const wanting = traceIds.filter((_, i) => {
      const first = pages[i]?.hits[0]?.sort?.[0];
      return first === undefined || Number(first) < edge;
    });
    if (wanting.length === 0) return pages;
    const everywhere = await this.#pages(wanting, this.#names.readAll("span"), options);
    return traceIds.map((id, i) => everywhere[wanting.indexOf(id)] ?? pages[i]);
  }

  async #pages(
    traceIds: readonly TraceId[],
    indices: readonly string[],
    options: ReadOptions,
  ): Promise<(FirstPage | undefined)[]> {
    const results = await searchMany(
      inTheNameOf(this.#cluster, options.bearerToken),
      traceIds.map((id) => ({
        indices,
        body: {
          query: traceQuery(id),
          sort: [{ startTime: { order: "asc", unmapped_type: "long" } }],
          size: this.#page,
          track_total_hits: true,
        },
      })),
      options.signal,
    );
    return results.map(({ hits, total, partial }) => {
      this.#warn(partial);
      return hits.length === 0 ? undefined : { hits, total, indices };
    });
  }

  async *#chunks(
    traceId: TraceId,
    page: FirstPage | undefined,
    options: ReadOptions,
  ): AsyncGenerator<readonly EncodedSpan[]> {
    if (page === undefined) return;
    const reader = new DocumentReader(this.#fields);
    if (page.total <= page.hits.length) {
      yield this.#decode(reader, page.hits);
      return;
    }
    // More than a page: spans that start together may stand on both sides of its border, so all are read anew as of one moment.
    const search = { indices: page.indices, body: { query: traceQuery(traceId), sort: ["_doc"], size: this.#page } };
    for await (const result of scroll(inTheNameOf(this.#cluster, options.bearerToken), search, options.signal)) {
      this.#warn(result.partial);
      yield this.#decode(reader, result.hits);
      if (this.#isClosed) throw closed();
      options.signal?.throwIfAborted();
    }
  }

  #decode(reader: DocumentReader, hits: readonly Hit[]): EncodedSpan[] {
    const spans = reader.read(hits.map((hit) => hit._source));
    if (reader.unreadable > 0) {
      this.#options.logger?.warn({ documents: reader.unreadable }, "Documents without ids of a trace and span");
      reader.unreadable = 0;
    }
    return spans;
  }

  #warn(partial: SearchResult["partial"]): void {
    if (partial !== undefined) this.#options.logger?.warn(partial, "A trace may lack spans");
  }
}

/** Documents of very old versions have ids without leading zeros. */
function traceQuery(traceId: TraceId): Readonly<Record<string, unknown>> {
  const id = formatTraceId(traceId);
  const short = id.replace(/^0+(?=.)/, "");
  return { terms: { traceID: short === id ? [id] : [id, short] } };
}

function completenessOf(query: TraceQuery, result: SearchResult, size: number): Completeness {
  if (result.partial !== undefined) return { complete: false, ...result.partial };
  const detail = unsearchable(query);
  if (detail !== undefined) return { complete: false, reason: "unreadable", detail };
  if (result.hits.length < size) return { complete: true };
  return size < query.limit
    ? { complete: false, reason: "memory", detail: `the server gives at most ${MOST_TRACES} traces a search` }
    : { complete: false, reason: "limit", detail: `there may be more than the ${query.limit} newest traces` };
}

function seconds(timeNs: bigint): number {
  return Number(timeNs / 1_000_000_000n);
}
