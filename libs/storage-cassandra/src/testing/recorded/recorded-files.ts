import { readFileSync } from "node:fs";
import type { TagIndexOptions } from "../../options.ts";

/** How v1 was started when it wrote the recorded rows. */
export const CONFIGURATIONS: Readonly<Record<string, TagIndexOptions>> = {
  default: {},
  "index-flags": { blacklist: ["http.method", "dup", "k"], processTags: false, logs: false },
  whitelist: { whitelist: ["str", "http.status_code", "event", "hostname"] },
  "no-tags": { tags: false },
};

export type RecordedRow = Readonly<Record<string, unknown>>;

export interface RecordedSearch {
  readonly name: string;
  readonly path: string;
  readonly status: number;
  readonly traceIDs?: readonly string[];
  readonly bodyText?: string;
  readonly full?: boolean;
  readonly differedOnSecondRun?: unknown;
  readonly nondeterministicOnCassandra?: unknown;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/recorded/${file}`, import.meta.url), "utf8"));
}

/** Rows by table. */
export function recordedRows(configuration: string): Readonly<Record<string, readonly RecordedRow[]>> {
  return read(`rows-${configuration}.json`) as Record<string, RecordedRow[]>;
}

export function recordedSearches(): readonly RecordedSearch[] {
  return read("searches.json") as RecordedSearch[];
}
