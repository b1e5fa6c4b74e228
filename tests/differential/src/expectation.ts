import type { Span, TraceId } from "@spoor/span-model";
import type { FoundTraces, Operation, TraceQuery } from "@spoor/storage-api";
import { answerProblem, NaiveStore, spanMatches, spanText } from "@spoor/storage-testkit";
import type { Capability } from "./capability.ts";

/** What a store answered: `undefined` when it refused the query. */
export type Answer = FoundTraces | undefined;

/** What a store with these capabilities has to answer. */
export class Expectation {
  readonly #capabilities: readonly Capability[];
  readonly #naive = new NaiveStore();
  readonly #traces = new Map<TraceId, Set<string>>();

  constructor(spans: readonly Span[], capabilities: readonly Capability[]) {
    this.#capabilities = capabilities;
    const kept = spans.map((span) => capabilities.reduce((each, { keeps }) => keeps?.(each) ?? each, span));
    this.#naive.add(kept);
    for (const span of kept) {
      const texts = this.#traces.get(span.traceId) ?? new Set();
      this.#traces.set(span.traceId, texts.add(spanText(span)));
    }
  }

  get traceIds(): readonly TraceId[] {
    return [...this.#traces.keys()];
  }

  /** The different spans of a trace, as texts. */
  trace(traceId: TraceId): ReadonlySet<string> {
    return this.#traces.get(traceId) ?? new Set();
  }

  services(): readonly string[] {
    return this.#naive.services();
  }

  operations(serviceName: string, spanKind?: string): readonly Operation[] {
    return this.#naive
      .operations(serviceName, spanKind)
      .filter(({ name }) => !this.#capabilities.some(({ hidesOperation }) => hidesOperation?.(name)));
  }

  /** What is wrong with an answer; `undefined` when nothing. */
  problem(query: TraceQuery, answer: Answer): string | undefined {
    const isRefused = this.#capabilities.some(({ refuses }) => refuses?.(query));
    if (answer === undefined) return isRefused ? undefined : "refused";
    if (isRefused) return "answered, and should have refused";
    const matches = this.#matches(query);
    const problem = answerProblem(query, this.#judged(query, answer, matches.size), matches);
    return problem === undefined ? undefined : `${problem}${difference(answer.traceIds, matches, query.limit)}`;
  }

  #matches(given: TraceQuery): ReadonlyMap<TraceId, bigint> {
    const query = this.#capabilities.reduce((each, { asks }) => asks?.(each) ?? each, given);
    const newest = new Map<TraceId, bigint>();
    for (const span of this.#naive.spans) {
      if (!spanMatches(span, query)) continue;
      if (this.#capabilities.some(({ overlooks }) => overlooks?.(span, query))) continue;
      const known = newest.get(span.traceId);
      if (known === undefined || span.startTimeNs > known) newest.set(span.traceId, span.startTimeNs);
    }
    return newest;
  }

  /** The answer without what a capability lets the store say of it. */
  #judged(query: TraceQuery, answer: FoundTraces, matching: number): FoundTraces {
    const { completeness } = answer;
    const admitted = this.#capabilities.map(({ admits }) => admits?.(query)).filter((reason) => reason !== undefined);
    if (admitted.length === 0) return answer;
    if (completeness.complete || !admitted.includes(completeness.reason)) {
      const said = completeness.complete ? "complete" : completeness.reason;
      return { ...answer, completeness: { complete: false, reason: "unreadable", detail: `said ${said}` } };
    }
    return {
      ...answer,
      completeness: matching > query.limit ? { complete: false, reason: "limit", detail: "" } : { complete: true },
    };
  }
}

function difference(found: readonly TraceId[], matches: ReadonlyMap<TraceId, bigint>, limit: number): string {
  const missing = matches.size > limit ? [] : [...matches.keys()].filter((id) => !found.includes(id));
  const extra = found.filter((id) => !matches.has(id));
  const list = (name: string, ids: readonly string[]) =>
    ids.length === 0
      ? ""
      : `\n    ${name}: ${ids.slice(0, 5).join(" ")}${ids.length > 5 ? ` and ${ids.length - 5} more` : ""}`;
  return list("missing", missing) + list("extra", extra);
}
