import { readFileSync } from "node:fs";
import { parseExactJson } from "../document/exact-json.ts";

/** What v1.67.0 stored and answered, recorded on Elasticsearch 7.17.29; 8.19 and OpenSearch 2.19 have the same documents. */
export function fixture(name: string): unknown {
  return parseExactJson(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8"));
}

export interface RecordedDocument {
  readonly _index: string;
  readonly _id: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

export interface RecordedSearch {
  readonly name: string;
  readonly path: string;
  readonly status: number;
  readonly traceIDs?: readonly string[];
  readonly traces?: readonly unknown[];
  readonly bodyText?: string;
}
