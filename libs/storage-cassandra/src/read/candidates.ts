import type { IndexEntry } from "./index-stream.ts";
import type { SearchPlan } from "./search-plan.ts";

/** A trace that may match by a span that starts then. */
export interface Candidate {
  readonly startUs: number;
  readonly traceId: string;
  readonly spanId: Buffer | undefined;
  /** The indices alone show that it matches. */
  readonly isProven: boolean;
}

/** Candidates of one start time; `others` are further traces of the service at that time, asked for only when needed. */
export interface CandidateGroup {
  readonly startUs: number;
  readonly candidates: readonly Candidate[];
  /** True when an index may have lost traces that start together, so that those of the service must be looked at. */
  readonly mayHaveLost: boolean;
}

/**
 * Walks the indices together, newest first, and stops only at start times that all of them have. That a time is there is certain even where the
 * index of operations lost a trace to another one that started at the same microsecond.
 */
export async function* candidateGroups(plan: SearchPlan): AsyncGenerator<CandidateGroup> {
  const { tags, operation, duration, service } = plan;
  const byIndex = [...tags, ...(operation === undefined ? [] : [operation])];
  const leading = byIndex.length > 0 ? byIndex : [service];
  const streams = duration === undefined ? leading : [...leading, duration];
  let startUs = plan.maxUs;
  for (;;) {
    if (startUs < plan.minUs) return;
    const agreed = await agreedTime(streams, startUs);
    if (agreed === undefined) return;
    startUs = agreed;
    const group = await groupAt(plan, startUs);
    if (group.candidates.length > 0 || group.mayHaveLost) yield group;
    startUs--;
  }
}

/** The newest time at or before `startUs` that all streams have. */
async function agreedTime(
  streams: readonly { seek(startUs: number): Promise<number | undefined> }[],
  startUs: number,
): Promise<number | undefined> {
  let time = startUs;
  for (let agreeing = 0, i = 0; agreeing < streams.length; i = (i + 1) % streams.length) {
    const newest = await streams[i]?.seek(time);
    if (newest === undefined) return undefined;
    agreeing = newest === time ? agreeing + 1 : 1;
    time = newest;
  }
  return time;
}

async function groupAt(plan: SearchPlan, startUs: number): Promise<CandidateGroup> {
  const { tags, operation, duration, service, conditions } = plan;
  const byDuration = await duration?.take(startUs);
  const candidate = (entry: IndexEntry, isProven: boolean): Candidate => ({ ...entry, isProven });
  const group = (candidates: readonly Candidate[], mayHaveLost: boolean) => ({ startUs, candidates, mayHaveLost });

  if (tags.length > 0) {
    let entries = (await tags[0]?.take(startUs)) ?? [];
    for (const stream of tags.slice(1)) {
      const other = new Set((await stream.take(startUs)).map(spanKey));
      entries = entries.filter((entry) => other.has(spanKey(entry)));
    }
    if (byDuration !== undefined) {
      const traces = new Set(byDuration.map((entry) => entry.traceId));
      entries = entries.filter((entry) => traces.has(entry.traceId));
    }
    const isProven = operation === undefined && duration === undefined && !plan.hasUnindexedTags;
    return group(
      entries.map((entry) => candidate(entry, isProven)),
      false,
    );
  }
  if (byDuration !== undefined) {
    return group(
      byDuration.map((entry) => candidate(entry, !plan.hasUnindexedTags)),
      false,
    );
  }
  const isProven = conditions.durationUs === undefined && !plan.hasUnindexedTags;
  const entries = await (operation ?? service).take(startUs);
  return group(
    entries.map((entry) => candidate(entry, isProven)),
    operation !== undefined,
  );
}

function spanKey(entry: IndexEntry): string {
  return `${entry.traceId} ${entry.spanId?.toString("hex")}`;
}
