import type { DependencyLink } from "@spoor/storage-api";
import { type CallingSpan, callerOf } from "./calling-span.ts";
import { LinkTotals } from "./link-totals.ts";
import type { WantedSpans } from "./pending-spans.ts";
import { SpansByTrace, type TimedSpan } from "./spans-by-trace.ts";

/** Spans looked for in one request. */
const WANTED_AT_ONCE = 500;

/** A stored span, as far as calls can be told from it. */
export interface RecountedSpan extends TimedSpan {
  /** Whom it calls by its own word, a tag such as `peer.service`; read on request only. */
  readonly peerService?: string | undefined;
}

/** A store whose calls are counted once more. */
export interface RecountedStore {
  /**
   * The spans that started in the range and those shortly before and after it, which may be callers, in groups of bounded size. A trace is in one group
   * unless it is larger than a group; spans of one id are always together.
   */
  spanGroups(range: RecountRange, options: RecountOptions): AsyncIterable<readonly RecountedSpan[]>;
  /** All stored spans of these ids, by trace id. */
  findSpans(wanted: readonly WantedSpans[]): Promise<ReadonlyMap<string, readonly CallingSpan[]>>;
}

/** Milliseconds since the epoch; the end is not part of it. */
export interface RecountRange {
  readonly startTimeMs: number;
  readonly endTimeMs: number;
}

export interface RecountOptions {
  /**
   * A tag that names the service which a span calls. With it, spans that nobody's span answered count as calls to that service, as v1's job
   * counts them; counting as spans are stored leaves them out.
   */
  readonly peerServiceTag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Recount {
  readonly links: readonly DependencyLink[];
  /** Spans that started in the range, each once. */
  readonly spans: number;
}

/** Counts the calls whose called span started in the range, as they are counted when spans are stored. Memory is bounded by a group. */
export async function recountCalls(
  store: RecountedStore,
  range: RecountRange,
  options: RecountOptions = {},
): Promise<Recount> {
  const totals = new LinkTotals();
  let spans = 0;
  for await (const group of store.spanGroups(range, options)) {
    options.signal?.throwIfAborted();
    spans += await countGroup(store, group, range, totals);
  }
  return { links: totals.links(), spans };
}

async function countGroup(
  store: RecountedStore,
  group: readonly RecountedSpan[],
  range: RecountRange,
  totals: LinkTotals,
): Promise<number> {
  const traces = new SpansByTrace();
  const counted: RecountedSpan[] = [];
  const callers = new Set<string>();
  for (const span of group) {
    if (!traces.add(span)) continue;
    if (span.parentSpanId !== undefined) callers.add(span.traceId + span.parentSpanId);
    const timeMs = span.startTimeUs / 1000;
    if (timeMs >= range.startTimeMs && timeMs < range.endTimeMs) counted.push(span);
  }
  await addMissing(store, counted, traces);
  for (const span of counted) {
    const { serviceName, peerService, traceId, spanId, parentSpanId } = span;
    const caller = callerOf(span, traces.trace(traceId));
    if (caller !== undefined && caller.serviceName !== serviceName) totals.add(caller.serviceName, serviceName, 1);
    // As v1's job has it: of spans that are called themselves, those that call nobody who sent a span.
    if (!peerService || peerService === serviceName || parentSpanId === undefined) continue;
    const isLeaf = !callers.has(traceId + spanId) && traces.trace(traceId).get(spanId)?.length === 1;
    if (isLeaf) totals.add(serviceName, peerService, 1);
  }
  return counted.length;
}

/** Looks for callers that started long before, or whose trace is larger than a group. */
async function addMissing(
  store: RecountedStore,
  counted: readonly RecountedSpan[],
  traces: SpansByTrace,
): Promise<void> {
  let wanted: WantedSpans[] = [];
  let ids = 0;
  const find = async () => {
    if (wanted.length === 0) return;
    const found = await store.findSpans(wanted);
    for (const { traceId, spanIds } of wanted) {
      for (const span of found.get(traceId) ?? []) if (spanIds.has(span.spanId)) traces.addCaller(traceId, span);
    }
    wanted = [];
    ids = 0;
  };
  for (const [traceId, spans] of missingOf(counted, traces)) {
    for (let at = 0; at < spans.length; at += WANTED_AT_ONCE) {
      const some = spans.slice(at, at + WANTED_AT_ONCE);
      const times = some.map(({ startTimeMs }) => startTimeMs);
      const spanIds = new Set(some.map(({ parentSpanId }) => parentSpanId));
      // A request asks for a trace once.
      if (ids + spanIds.size > WANTED_AT_ONCE || at > 0) await find();
      wanted.push({
        traceId,
        spanIds,
        startTimeMinMs: times.reduce((a, b) => Math.min(a, b)),
        startTimeMaxMs: times.reduce((a, b) => Math.max(a, b)),
      });
      ids += spanIds.size;
    }
  }
  await find();
}

interface Missing {
  readonly parentSpanId: string;
  readonly startTimeMs: number;
}

function missingOf(counted: readonly RecountedSpan[], traces: SpansByTrace): ReadonlyMap<string, readonly Missing[]> {
  const missing = new Map<string, Missing[]>();
  for (const span of counted) {
    const { traceId, parentSpanId } = span;
    const trace = traces.trace(traceId);
    if (parentSpanId === undefined || trace.has(parentSpanId)) continue;
    if (callerOf(span, trace) !== undefined) continue;
    const known = missing.get(traceId);
    const entry = { parentSpanId, startTimeMs: Math.floor(span.startTimeUs / 1000) };
    if (known === undefined) missing.set(traceId, [entry]);
    else known.push(entry);
  }
  return missing;
}
