import { type CallingSpan, type CallStore, LiveCallCounter, type WantedSpans } from "@spoor/service-calls";
import { formatTraceId } from "@spoor/span-model";
import type { Cluster } from "../cluster/cluster.ts";
import type { IndexNames } from "../indices/index-names.ts";
import type { Options } from "../options.ts";
import type { Refresher } from "../read/refresher.ts";
import { type SearchResult, searchOne } from "../read/search-api.ts";
import { DAY_MS, HOUR_MS, writeHour } from "./dependency-documents.ts";
import { CALL_FIELDS, callingSpan } from "./stored-span.ts";

/** The server gives no more in one answer (`index.max_result_window`); a few spans share an id at most. */
const MOST_FOUND = 10_000;

/** Counts calls as spans are stored here; `undefined` where that is not wanted. */
export function createCallCounter(
  cluster: Cluster,
  options: Options,
  names: IndexNames,
  refresher: Refresher,
): LiveCallCounter | undefined {
  if (options.countDependencies === false || options.archive) return undefined;
  const store: CallStore = {
    findSpans: (wanted) => findSpans(cluster, names, wanted),
    async writeLinks(hour) {
      refresher.changed(await writeHour(cluster, options, names, hour));
    },
  };
  return new LiveCallCounter(store, { ...options.countDependencies, logger: options.logger });
}

/** Stored spans by trace id; `check` may refuse a result that lacks some. */
export async function findSpans(
  cluster: Cluster,
  names: IndexNames,
  wanted: readonly WantedSpans[],
  check: (result: SearchResult) => SearchResult = (result) => result,
): Promise<ReadonlyMap<string, readonly CallingSpan[]>> {
  // A caller began before its callee, or a little later by another clock.
  const from = Math.min(...wanted.map(({ startTimeMinMs }) => startTimeMinMs)) - DAY_MS;
  const to = Math.max(...wanted.map(({ startTimeMaxMs }) => startTimeMaxMs)) + HOUR_MS;
  const traceIds = wanted.map(({ traceId }) => formatTraceId(traceId));
  const spanIds = new Set(wanted.flatMap((each) => [...each.spanIds]));
  const result = await searchOne(
    cluster,
    {
      indices: names.read("span", from / 1000, to / 1000),
      body: {
        query: { bool: { filter: [{ terms: { traceID: traceIds } }, { terms: { spanID: [...spanIds] } }] } },
        sort: ["_doc"],
        size: MOST_FOUND,
        track_total_hits: false,
        _source: CALL_FIELDS,
      },
    },
    undefined,
  );
  const found = new Map<string, CallingSpan[]>();
  for (const { _source } of check(result).hits) {
    const span = callingSpan(_source);
    if (span === undefined) continue;
    const spans = found.get(span.traceId);
    if (spans === undefined) found.set(span.traceId, [span]);
    else spans.push(span);
  }
  return found;
}
