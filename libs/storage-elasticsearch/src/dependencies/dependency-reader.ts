import { CallCounter, LinkTotals, type LiveCallCounter } from "@spoor/service-calls";
import type { DependencyLink, DependencyReader, ReadOptions } from "@spoor/storage-api";
import { type Cluster, inTheNameOf } from "../cluster/cluster.ts";
import { closed } from "../errors.ts";
import type { IndexNames } from "../indices/index-names.ts";
import type { Options } from "../options.ts";
import type { Refresher } from "../read/refresher.ts";
import { type SearchResult, scroll, searchOne } from "../read/search-api.ts";
import { DAY_MS, type DependencyDocument, HOUR_MS, readDependencyDocuments } from "./dependency-documents.ts";
import { CALL_FIELDS, callingSpan } from "./stored-span.ts";

const PAGE = 2000;
/** Documents are of hours or days: shorter ranges are counted from their spans where these are not too many. */
const SHORT_MS = 3 * HOUR_MS;

interface TimeRange {
  readonly startTimeMs: number;
  readonly endTimeMs: number;
}

/** What was counted from spans: all of it, or why there is nothing. */
type Count = { readonly links: readonly DependencyLink[] } | { readonly uncounted: string };

/**
 * Who calls whom: from the documents that were written as spans were stored, or by v1's Spark job. Hours of which there are none are
 * counted from their spans, all of them or not at all. What is not shown is told in the log: a link says nothing of what it lacks.
 */
export class DependencyDocumentReader implements DependencyReader {
  readonly #cluster: Cluster;
  readonly #options: Options;
  readonly #names: IndexNames;
  readonly #refresher: Refresher;
  readonly #counter: LiveCallCounter | undefined;
  #isClosed = false;

  constructor(
    cluster: Cluster,
    options: Options,
    names: IndexNames,
    refresher: Refresher,
    counter: LiveCallCounter | undefined,
  ) {
    this.#cluster = cluster;
    this.#options = options;
    this.#names = names;
    this.#refresher = refresher;
    this.#counter = counter;
  }

  close(): void {
    this.#isClosed = true;
  }

  async getDependencies(range: TimeRange, options: ReadOptions): Promise<readonly DependencyLink[]> {
    if (this.#isClosed) throw closed();
    options.signal?.throwIfAborted();
    if (range.startTimeMs > range.endTimeMs) return [];
    await this.#refresher.settle();
    if (range.endTimeMs - range.startTimeMs < SHORT_MS) {
      const count = await this.#count(range, () => true, options);
      if ("links" in count && count.links.length > 0) return count.links;
    }
    await this.#counter?.flush();
    await this.#refresher.settle();
    // The day's documents tell what was counted, those within the range how much.
    const days = { ...range, startTimeMs: Math.floor(range.startTimeMs / DAY_MS) * DAY_MS };
    const documents = await readDependencyDocuments(
      inTheNameOf(this.#cluster, options.bearerToken),
      this.#names,
      days,
      { signal: options.signal, check: (page) => this.#warn(page) },
    );
    const totals = new LinkTotals();
    const add = (links: readonly DependencyLink[]) => {
      for (const { parent, child, callCount } of links) totals.add(parent, child, callCount);
    };
    for (const { timestampMs, links } of documents) if (timestampMs >= range.startTimeMs) add(links);
    const isCounted = countedHours(documents);
    const rest = uncounted(range, isCounted);
    if (rest !== undefined) {
      const count = await this.#count(rest, (timeMs) => !isCounted(timeMs), options);
      if ("links" in count) add(count.links);
      else {
        this.#options.logger?.warn(
          { from: new Date(rest.startTimeMs), reason: count.uncounted },
          "Nobody counted dependencies as these spans were stored, and they cannot be counted now: they are not shown",
        );
      }
    }
    return totals.links();
  }

  /** Links of called spans that began in the range at a wanted time. */
  async #count(range: TimeRange, wanted: (timeMs: number) => boolean, options: ReadOptions): Promise<Count> {
    const { maxDependencySpans } = this.#options;
    const tooMany = { uncounted: `there are more than ${maxDependencySpans} spans` };
    if (maxDependencySpans === 0) return tooMany;
    // Parents begin before their children, or a little later by another clock.
    const from = Math.max(0, range.startTimeMs - HOUR_MS);
    const to = range.endTimeMs + HOUR_MS;
    const indices = this.#names.read("span", from / 1000, to / 1000);
    const query = { range: { startTime: { gte: from * 1000, lte: to * 1000 } } };
    const { total, partial } = await searchOne(
      inTheNameOf(this.#cluster, options.bearerToken),
      { indices, body: { query, size: 0, track_total_hits: maxDependencySpans + 1 } },
      options.signal,
    );
    if (partial !== undefined) return { uncounted: partial.detail };
    if (total > maxDependencySpans) return tooMany;
    if (total === 0) return { links: [] };
    const counter = new CallCounter();
    const search = { indices, body: { query, sort: ["_doc"], size: PAGE, _source: CALL_FIELDS } };
    for await (const { hits, partial } of scroll(
      inTheNameOf(this.#cluster, options.bearerToken),
      search,
      options.signal,
    )) {
      if (partial !== undefined) return { uncounted: partial.detail };
      for (const { _source } of hits) {
        const span = callingSpan(_source);
        if (span !== undefined) counter.add(span);
      }
      if (this.#isClosed) throw closed();
      options.signal?.throwIfAborted();
    }
    const links = counter.links((startTimeUs) => {
      const timeMs = startTimeUs / 1000;
      return timeMs >= range.startTimeMs && timeMs <= range.endTimeMs && wanted(timeMs);
    });
    return { links };
  }

  /** No error: a shard that is away, such as of an old day, would leave nothing to be seen, and the store is there for others. */
  #warn(page: SearchResult): SearchResult {
    if (page.partial !== undefined) this.#options.logger?.warn(page.partial, "Dependencies may lack calls");
    return page;
  }
}

/** Whether some document tells of the hour of a time. */
function countedHours(documents: readonly DependencyDocument[]): (timeMs: number) => boolean {
  const hours = new Set<number>();
  const days = new Set<number>();
  for (const { timestampMs, isOfHour } of documents) {
    if (Number.isNaN(timestampMs)) continue;
    if (isOfHour) hours.add(Math.floor(timestampMs / HOUR_MS));
    else days.add(Math.floor(timestampMs / DAY_MS));
  }
  return (timeMs) => hours.has(Math.floor(timeMs / HOUR_MS)) || days.has(Math.floor(timeMs / DAY_MS));
}

/** From the first to the last hour that was not counted; `undefined` when all were. */
function uncounted(range: TimeRange, isCounted: (timeMs: number) => boolean): TimeRange | undefined {
  let { startTimeMs, endTimeMs } = range;
  const next = (timeMs: number) => (Math.floor(timeMs / HOUR_MS) + 1) * HOUR_MS;
  while (startTimeMs <= endTimeMs && isCounted(startTimeMs)) startTimeMs = next(startTimeMs);
  while (startTimeMs <= endTimeMs && isCounted(endTimeMs)) endTimeMs = Math.floor(endTimeMs / HOUR_MS) * HOUR_MS - 1;
  return startTimeMs <= endTimeMs ? { startTimeMs, endTimeMs } : undefined;
}
