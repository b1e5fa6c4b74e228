import type { Span } from "@spoor/span-model";
import { type FoundTraces, type Storage, StorageError, type TraceQuery } from "@spoor/storage-api";
import type { NaiveStore } from "./naive-store.ts";
import { generateQuery, type QueryGeneratorOptions } from "./query-generator.ts";
import { Random } from "./random.ts";

export interface DifferentialOptions extends QueryGeneratorOptions {
  readonly seed: number;
  readonly queries: number;
  readonly tenant?: string;
}

export interface DifferentialReport {
  /** Queries the store answered. */
  readonly answered: number;
  /** Queries it refused as `UNSUPPORTED_QUERY`. */
  readonly unsupported: number;
  /** Answers with at least one trace. */
  readonly hits: number;
}

/**
 * Asks `storage` generated queries and compares each answer with the naive store's, which must hold the same spans.
 * Throws with the query and both answers at the first difference.
 */
export async function runDifferential(
  storage: Storage,
  naive: NaiveStore,
  options: DifferentialOptions,
): Promise<DifferentialReport> {
  const random = new Random(options.seed);
  const report = { answered: 0, unsupported: 0, hits: 0 };
  const searchable: readonly Span[] = naive.spans;
  for (let i = 0; i < options.queries; i++) {
    const query = generateQuery(random, searchable, {
      ...options,
      withoutService: options.withoutService ?? storage.capabilities.searchWithoutService,
    });
    let found: FoundTraces;
    try {
      found = await storage.reader.findTraceIds(query, { tenant: options.tenant ?? "" });
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "UNSUPPORTED_QUERY") throw error;
      report.unsupported++;
      continue;
    }
    report.answered++;
    if (found.traceIds.length > 0) report.hits++;
    const problem = answerProblem(query, found, naive.matches(query));
    if (problem !== undefined) throw new Error(`query ${i} of seed ${options.seed}: ${problem}\n${queryText(query)}`);
  }
  return report;
}

/** What is wrong with an answer, given every matching trace and the start of its newest matching span; `undefined` when nothing. */
export function answerProblem(
  query: TraceQuery,
  found: FoundTraces,
  matches: ReadonlyMap<string, bigint>,
): string | undefined {
  const { traceIds, completeness } = found;
  if (new Set(traceIds).size !== traceIds.length) return `a trace came twice: ${traceIds.join(" ")}`;
  const stray = traceIds.find((id) => !matches.has(id));
  if (stray !== undefined) return `${stray} does not match`;
  const wanted = Math.min(query.limit, matches.size);
  if (traceIds.length !== wanted) return `${traceIds.length} traces instead of ${wanted} (${matches.size} match)`;
  const newest = [...matches.values()].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)).slice(0, wanted);
  const given = traceIds.map((id) => matches.get(id) ?? 0n);
  const wrong = given.findIndex((start, i) => start !== newest[i]);
  if (wrong >= 0) return `trace ${wrong} starts at ${given[wrong]}, newest first wants ${newest[wrong]}`;
  if (completeness.complete && matches.size > query.limit) return `said complete, ${matches.size} match`;
  if (!completeness.complete && completeness.reason !== "limit") return `incomplete: ${completeness.reason}`;
  if (!completeness.complete && traceIds.length < query.limit) return "said cut off by the limit, which is not reached";
  return undefined;
}

/** A query for a failure message. */
export function queryText(query: TraceQuery): string {
  return JSON.stringify({ ...query, tags: [...query.tags] }, (_, value) =>
    typeof value === "bigint" ? `${value}n` : (value as unknown),
  );
}
