import type { TraceId } from "@spoor/span-model";
import type { Completeness, FoundTraces, ReadOptions, TraceQuery } from "@spoor/storage-api";
import type { PageReader } from "../paging.ts";
import type { TagIndex } from "../rows/indexed-tags.ts";
import { type Candidate, type CandidateGroup, candidateGroups } from "./candidates.ts";
import { planSearch, type SearchPlan } from "./search-plan.ts";
import { meetsConditions } from "./span-conditions.ts";
import type { ReadTables } from "./table-reads.ts";
import { readSpans, readTrace } from "./trace-rows.ts";

/** How much one search may look at before it answers with what it has. */
export interface SearchLimits {
  /** Start times whose spans are looked at. */
  readonly maxGroups: number;
  readonly maxMs: number;
}

export const DEFAULT_SEARCH_LIMITS: SearchLimits = { maxGroups: 200_000, maxMs: 30_000 };

/** Groups that are looked at side by side. */
const GROUPS_AT_ONCE = 24;

export async function findTraceIds(
  tables: ReadTables,
  tagIndex: TagIndex,
  query: TraceQuery,
  options: ReadOptions,
  limits: SearchLimits = DEFAULT_SEARCH_LIMITS,
): Promise<FoundTraces> {
  const search = new Search(tables.traces, planSearch(tables, tagIndex, query), query.limit, options.signal);
  return search.run(limits);
}

class Search {
  readonly #traces: PageReader;
  readonly #plan: SearchPlan;
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #found = new Set<TraceId>();
  /** Starts of the spans that meet the conditions, by trace, of traces that were read as a whole. */
  readonly #readTraces = new Map<TraceId, Promise<ReadonlySet<number>>>();

  constructor(traces: PageReader, plan: SearchPlan, limit: number, signal: AbortSignal | undefined) {
    this.#traces = traces;
    this.#plan = plan;
    this.#limit = limit;
    this.#signal = signal;
  }

  async run(limits: SearchLimits): Promise<FoundTraces> {
    const deadline = performance.now() + limits.maxMs;
    let groups = 0;
    let chunk: CandidateGroup[] = [];
    for await (const group of candidateGroups(this.#plan)) {
      this.#signal?.throwIfAborted();
      chunk.push(group);
      groups++;
      // What the indices prove costs nothing to look at; the rest is looked at many at a time.
      const isCheap = !group.mayHaveLost && group.candidates.every((each) => each.isProven);
      if (!isCheap && chunk.length < this.#groupsAtOnce()) continue;
      if (await this.#look(chunk)) return this.#answer({ complete: false, ...LIMIT });
      chunk = [];
      if (groups >= limits.maxGroups) {
        const detail = `looked at the spans of ${groups} start times, back to ${new Date(group.startUs / 1000).toISOString()}`;
        return this.#answer({ complete: false, reason: "time", detail });
      }
      if (performance.now() > deadline) {
        const detail = `looked for ${limits.maxMs} ms, back to ${new Date(group.startUs / 1000).toISOString()}`;
        return this.#answer({ complete: false, reason: "time", detail });
      }
    }
    if (await this.#look(chunk)) return this.#answer({ complete: false, ...LIMIT });
    return this.#answer({ complete: true });
  }

  /** No more than there is still room for, if all match. */
  #groupsAtOnce(): number {
    return Math.min(GROUPS_AT_ONCE, Math.max(1, this.#limit - this.#found.size));
  }

  /** Adds what matches, newest first; true when the limit is reached. */
  async #look(groups: readonly CandidateGroup[]): Promise<boolean> {
    const matching = await Promise.all(groups.map((group) => this.#matching(group)));
    this.#signal?.throwIfAborted();
    for (const traceId of matching.flat()) {
      this.#found.add(traceId);
      if (this.#found.size >= this.#limit) return true;
    }
    return false;
  }

  async #matching(group: CandidateGroup): Promise<readonly TraceId[]> {
    const candidates = group.mayHaveLost ? await this.#withLost(group) : group.candidates;
    const matches = await Promise.all(candidates.map((each) => this.#matches(each)));
    return candidates.filter((_, i) => matches[i]).map((each) => each.traceId);
  }

  /** The group, and every other trace of the service that starts then. */
  async #withLost(group: CandidateGroup): Promise<readonly Candidate[]> {
    const known = new Set(group.candidates.map((each) => each.traceId));
    const others = (await this.#plan.service.at(group.startUs)).filter((each) => !known.has(each.traceId));
    return [...group.candidates, ...others.map((each) => ({ ...each, isProven: false }))];
  }

  async #matches({ traceId, spanId, startUs, isProven }: Candidate): Promise<boolean> {
    if (this.#found.has(traceId)) return false;
    if (isProven) return true;
    if (spanId !== undefined) {
      const spans = await readSpans(this.#traces, traceId, spanId);
      return spans.some((span) => startOf(span) === startUs && meetsConditions(span, this.#plan.conditions));
    }
    let starts = this.#readTraces.get(traceId);
    if (starts === undefined) {
      starts = this.#matchingStarts(traceId);
      this.#readTraces.set(traceId, starts);
    }
    return (await starts).has(startUs);
  }

  async #matchingStarts(traceId: TraceId): Promise<ReadonlySet<number>> {
    const starts = new Set<number>();
    for await (const spans of readTrace(this.#traces, traceId, {
      ...(this.#signal ? { signal: this.#signal } : {}),
    })) {
      for (const span of spans) if (meetsConditions(span, this.#plan.conditions)) starts.add(startOf(span));
    }
    return starts;
  }

  #answer(completeness: Completeness): FoundTraces {
    return { traceIds: [...this.#found], completeness };
  }
}

const LIMIT = { reason: "limit", detail: "as many traces as were asked for" } as const;

function startOf(span: { readonly startTimeNs: bigint }): number {
  return Number(span.startTimeNs / 1000n);
}
