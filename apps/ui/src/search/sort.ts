import type { TraceSummary } from "../trace-data/summary.ts";

/** Orders of the result list; the value stands in the URL. */
export const SORTS = [
  { value: "recent", label: "Most recent" },
  { value: "longest", label: "Longest first" },
  { value: "shortest", label: "Shortest first" },
  { value: "most-spans", label: "Most spans" },
  { value: "least-spans", label: "Least spans" },
  { value: "most-errors", label: "Most errors" },
] as const;

export type Sort = (typeof SORTS)[number]["value"];

export const isSort = (value: unknown): value is Sort => SORTS.some((sort) => sort.value === value);

const COMPARE: Readonly<Record<Sort, (a: TraceSummary, b: TraceSummary) => number>> = {
  recent: (a, b) => b.startUs - a.startUs,
  longest: (a, b) => b.durationUs - a.durationUs,
  shortest: (a, b) => a.durationUs - b.durationUs,
  "most-spans": (a, b) => b.spanCount - a.spanCount,
  "least-spans": (a, b) => a.spanCount - b.spanCount,
  "most-errors": (a, b) => b.errorCount - a.errorCount,
};

/** A sorted copy; equals stand most recent first. */
export function sortTraces(traces: readonly TraceSummary[], sort: Sort): TraceSummary[] {
  return [...traces].sort((a, b) => COMPARE[sort](a, b) || b.startUs - a.startUs || (a.traceId < b.traceId ? -1 : 1));
}
