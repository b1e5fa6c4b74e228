import { parentReference, parseSpanId, parseTraceId, type SpanReference, ZERO_SPAN_ID } from "@spoor/span-model";
import type { DependencyLink, DependencyReader, ReadOptions } from "@spoor/storage-api";
import type { Cluster } from "../cluster/cluster.ts";
import { closed, failure } from "../errors.ts";
import type { IndexNames } from "../indices/index-names.ts";
import type { Options } from "../options.ts";
import { CallCounter, type CallSpan } from "./call-counter.ts";
import type { Refresher } from "./refresher.ts";
import { scroll, searchOne } from "./search-api.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const PAGE = 2000;

interface LinkJson {
  readonly parent?: string;
  readonly child?: string;
  readonly callCount?: number;
}

interface DependencyDocument {
  readonly timestamp?: string;
  readonly dependencies?: readonly LinkJson[] | null;
}

interface SpanJson {
  readonly traceID?: string;
  readonly spanID?: string;
  readonly parentSpanID?: string;
  readonly startTime?: number | bigint;
  readonly references?: readonly { readonly refType?: string; readonly traceID?: string; readonly spanID?: string }[];
  readonly process?: { readonly serviceName?: string };
  readonly tags?: readonly { readonly key?: string; readonly value?: string }[];
  readonly tag?: Readonly<Record<string, unknown>>;
}

/**
 * Who calls whom, from the documents that v1's Spark job or {@link writeDependencies} left, one or more a day; days of which there are none
 * are counted from their spans, up to a bound.
 */
export class DependencyDocumentReader implements DependencyReader {
  readonly #cluster: Cluster;
  readonly #options: Options;
  readonly #names: IndexNames;
  readonly #refresher: Refresher;
  #isClosed = false;

  constructor(cluster: Cluster, options: Options, names: IndexNames, refresher: Refresher) {
    this.#cluster = cluster;
    this.#options = options;
    this.#names = names;
    this.#refresher = refresher;
  }

  close(): void {
    this.#isClosed = true;
  }

  async getDependencies(
    range: { readonly startTimeMs: number; readonly endTimeMs: number },
    options: ReadOptions,
  ): Promise<readonly DependencyLink[]> {
    if (this.#isClosed) throw closed();
    options.signal?.throwIfAborted();
    if (range.startTimeMs > range.endTimeMs) return [];
    await this.#refresher.settle();
    const links = new LinkSum();
    const documents = await this.#documents(range, options);
    const counted = new Set<number>();
    for (const { timestamp, dependencies } of documents) {
      const time = Date.parse(timestamp ?? "");
      if (Number.isFinite(time)) counted.add(Math.floor(time / DAY_MS));
      for (const { parent, child, callCount } of dependencies ?? []) {
        if (parent !== undefined && child !== undefined) links.add(parent, child, Number(callCount ?? 0));
      }
    }
    for (const link of await this.#count(range, counted, options)) links.add(link.parent, link.child, link.callCount);
    return links.links();
  }

  async #documents(
    range: { readonly startTimeMs: number; readonly endTimeMs: number },
    options: ReadOptions,
  ): Promise<DependencyDocument[]> {
    const result = await searchOne(
      this.#cluster,
      {
        indices: this.#names.read("dependencies", range.startTimeMs / 1000, range.endTimeMs / 1000),
        body: {
          query: { range: { timestamp: { gte: isoTime(range.startTimeMs), lte: isoTime(range.endTimeMs) } } },
          sort: [{ timestamp: { order: "desc", unmapped_type: "date" } }],
          size: this.#options.maxDocCount,
        },
      },
      options.signal,
    );
    return result.hits.map((hit) => hit._source as DependencyDocument);
  }

  async #count(
    range: { readonly startTimeMs: number; readonly endTimeMs: number },
    counted: ReadonlySet<number>,
    options: ReadOptions,
  ): Promise<readonly DependencyLink[]> {
    // Parents begin before their children, or a little later by another clock.
    const from = Math.max(0, range.startTimeMs - HOUR_MS);
    const to = range.endTimeMs + HOUR_MS;
    if (isAllCounted(range, counted)) return [];
    const counter = new CallCounter();
    const search = {
      indices: this.#names.read("span", from / 1000, to / 1000),
      body: {
        query: { range: { startTime: { gte: from * 1000, lte: to * 1000 } } },
        // The newest first, for when there are too many.
        sort: [{ startTime: { order: "desc", unmapped_type: "long" } }],
        size: PAGE,
        _source: [
          "traceID",
          "spanID",
          "parentSpanID",
          "startTime",
          "references",
          "process.serviceName",
          "tags.key",
          "tags.value",
          "tag.span*kind",
        ],
      },
    };
    for await (const { hits } of scroll(this.#cluster, search, options.signal)) {
      for (const hit of hits) {
        const span = callSpan(hit._source as SpanJson);
        if (span !== undefined) counter.add(span);
      }
      if (this.#isClosed) throw closed();
      options.signal?.throwIfAborted();
      if (counter.size < this.#options.maxDependencySpans) continue;
      this.#options.logger?.warn(
        { spans: counter.size },
        "Too many spans to count all dependencies: only those of the newest spans are shown",
      );
      break;
    }
    return counter.links((startTimeUs) => {
      if (startTimeUs < range.startTimeMs * 1000 || startTimeUs > range.endTimeMs * 1000) return false;
      return !counted.has(Math.floor(startTimeUs / 1000 / DAY_MS));
    });
  }
}

/** Writes the links of one day in v1's layout, in place of what was written for this day before. */
export async function writeDependencies(
  cluster: Cluster,
  names: IndexNames,
  dayMs: number,
  links: readonly DependencyLink[],
): Promise<void> {
  const day = Math.floor(dayMs / DAY_MS) * DAY_MS;
  const timestamp = isoTime(day);
  const dependencies = links.map(({ parent, child, callCount }) => ({ parent, child, callCount }));
  const response = await cluster.request({
    method: "PUT",
    path: `/${encodeURIComponent(names.write("dependencies", day / 1000))}/_doc/${timestamp.slice(0, 10)}`,
    query: { refresh: true },
    body: JSON.stringify({ timestamp, dependencies }),
  });
  if (response.status > 201) throw failure(response, "store dependencies");
}

class LinkSum {
  readonly #counts = new Map<string, DependencyLink>();

  add(parent: string, child: string, callCount: number): void {
    const key = JSON.stringify([parent, child]);
    const known = this.#counts.get(key);
    this.#counts.set(key, { parent, child, callCount: callCount + (known?.callCount ?? 0), source: "" });
  }

  links(): DependencyLink[] {
    return [...this.#counts.values()];
  }
}

function isAllCounted(
  range: { readonly startTimeMs: number; readonly endTimeMs: number },
  counted: ReadonlySet<number>,
): boolean {
  const last = Math.floor(range.endTimeMs / DAY_MS);
  for (let day = Math.floor(range.startTimeMs / DAY_MS); day <= last; day++) if (!counted.has(day)) return false;
  return true;
}

function callSpan(json: SpanJson): CallSpan | undefined {
  const traceId = parseTraceId(json.traceID ?? "");
  const spanId = parseSpanId(json.spanID ?? "");
  if (traceId === undefined || spanId === undefined) return undefined;
  const references: SpanReference[] = [];
  for (const reference of json.references ?? []) {
    const ofTrace = parseTraceId(reference.traceID ?? "");
    const ofSpan = parseSpanId(reference.spanID ?? "");
    if (ofTrace === undefined || ofSpan === undefined) continue;
    const type = reference.refType === "FOLLOWS_FROM" ? "FOLLOWS_FROM" : "CHILD_OF";
    references.push({ type, traceId: ofTrace, spanId: ofSpan });
  }
  const parent = parentReference(traceId, references)?.spanId ?? parseSpanId(json.parentSpanID ?? "");
  return {
    traceId,
    spanId,
    parentSpanId: parent === ZERO_SPAN_ID ? undefined : parent,
    serviceName: json.process?.serviceName ?? "",
    spanKind: spanKind(json),
    startTimeUs: Number(json.startTime ?? 0),
  };
}

function spanKind({ tags, tag }: SpanJson): string {
  const nested = tags?.find(({ key }) => key === "span.kind")?.value;
  return nested ?? String(Object.values(tag ?? {})[0] ?? "");
}

function isoTime(timeMs: number): string {
  // The largest time of a Date.
  return new Date(Math.min(Math.max(timeMs, 0), 8_640_000_000_000_000)).toISOString();
}
