import type { HourOfCalls } from "@spoor/service-calls";
import { type DependencyLink, StorageError } from "@spoor/storage-api";
import type { Cluster } from "../cluster/cluster.ts";
import { failure } from "../errors.ts";
import type { IndexNames } from "../indices/index-names.ts";
import type { Options } from "../options.ts";
import { type SearchResult, scroll, whole } from "../read/search-api.ts";

/*
 * Links in v1's documents, {"timestamp", "dependencies": [{"parent", "child", "callCount"}]}, any number a day, whose counts add up. v1's
 * Spark job leaves one of a whole day, with a random id. Here a document is named after what it holds: `2026-11-24` a day, and
 * `hour-2026-11-24T10-...` what one process counted of an hour.
 */

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
const HOUR_ID = /^hour-/;
const PAGE = 500;
/** The largest time of a Date. */
const LAST_MS = 8_640_000_000_000_000;

interface LinkJson {
  readonly parent?: string;
  readonly child?: string;
  readonly callCount?: number;
}

interface ServerAnswer {
  readonly status: number;
  readonly error?: unknown;
}

export interface DependencyDocument {
  readonly id: string;
  readonly index: string;
  readonly timestampMs: number;
  /** Whether it is of one hour only, not of a day. */
  readonly isOfHour: boolean;
  readonly links: readonly DependencyLink[];
}

export function isoTime(timeMs: number): string {
  return new Date(Math.min(Math.max(timeMs, 0), LAST_MS)).toISOString();
}

interface ReadSettings {
  readonly signal?: AbortSignal | undefined;
  /** May refuse a result that lacks documents. */
  readonly check?: (result: SearchResult) => SearchResult;
}

/** Documents whose time lies in the range, both ends included. */
export async function readDependencyDocuments(
  cluster: Cluster,
  names: IndexNames,
  range: { readonly startTimeMs: number; readonly endTimeMs: number },
  { signal, check = (result) => result }: ReadSettings,
): Promise<readonly DependencyDocument[]> {
  const documents: DependencyDocument[] = [];
  const search = {
    indices: names.read("dependencies", range.startTimeMs / 1000, range.endTimeMs / 1000),
    body: {
      query: { range: { timestamp: { gte: isoTime(range.startTimeMs), lte: isoTime(range.endTimeMs) } } },
      sort: ["_doc"],
      size: PAGE,
    },
  };
  for await (const page of scroll(cluster, search, signal)) {
    for (const { _id, _index, _source } of check(page).hits) {
      const source = _source as {
        readonly timestamp?: string;
        readonly dependencies?: readonly LinkJson[] | null;
      };
      const links: DependencyLink[] = [];
      for (const { parent, child, callCount } of source.dependencies ?? []) {
        if (parent === undefined || child === undefined) continue;
        links.push({ parent, child, callCount: Number(callCount ?? 0), source: "" });
      }
      const timestampMs = Date.parse(source.timestamp ?? "");
      documents.push({ id: _id, index: _index, timestampMs, isOfHour: HOUR_ID.test(_id), links });
    }
  }
  return documents;
}

/** Writes what one process counted of an hour, in place of what it wrote before. Gives the index. */
export async function writeHour(
  cluster: Cluster,
  options: Options,
  names: IndexNames,
  { startTimeMs, id, links }: HourOfCalls,
): Promise<string> {
  const timestamp = isoTime(startTimeMs);
  const name = `hour-${timestamp.slice(0, 13)}-${id}`;
  return (await put(cluster, options, names, name, startTimeMs, links)).index;
}

/**
 * Writes the links of one UTC day in place of everything that was written for it before, here, by the hour, or by v1's job, which leaves
 * one more document each time. Hours that are still being counted are written again, so the day should have been over for some hours.
 */
export async function writeDay(
  cluster: Cluster,
  options: Options,
  names: IndexNames,
  dayMs: number,
  links: readonly DependencyLink[],
): Promise<string> {
  const day = Math.floor(dayMs / DAY_MS) * DAY_MS;
  const id = isoTime(day).slice(0, 10);
  const range = { startTimeMs: day, endTimeMs: day + DAY_MS - 1 };
  // The old ones are those that searches see before the new one is there; one of the same name is replaced, unless an alias leads elsewhere by now.
  const old = await readDependencyDocuments(cluster, names, range, { check: whole });
  const { index, written } = await put(cluster, options, names, id, day, links);
  const others = old.filter((each) => each.id !== id || each.index !== written);
  if (others.length === 0) return index;
  const lines = others.map((each) => `${JSON.stringify({ delete: { _index: each.index, _id: each.id } })}\n`);
  const response = await cluster.request({
    method: "POST",
    path: "/_bulk",
    query: { refresh: true },
    body: lines.join(""),
    isLines: true,
  });
  if (response.status !== 200) throw failure(response, "replace dependencies");
  const { items } = response.body as { readonly items?: readonly { readonly delete?: ServerAnswer }[] };
  const failed = items?.find((item) => (item.delete?.status ?? 0) >= 400 && item.delete?.status !== 404)?.delete;
  if (failed !== undefined) throw failure({ status: failed.status, body: failed }, "replace dependencies");
  return index;
}

async function put(
  cluster: Cluster,
  options: Options,
  names: IndexNames,
  id: string,
  timeMs: number,
  links: readonly DependencyLink[],
): Promise<{ readonly index: string; readonly written: string | undefined }> {
  const index = names.write("dependencies", timeMs / 1000);
  const dependencies = links.map(({ parent, child, callCount }) => ({ parent, child, callCount }));
  const response = await cluster.request({
    method: "PUT",
    path: `/${encodeURIComponent(index)}/_doc/${encodeURIComponent(id)}`,
    ...(options.useAliases ? { query: { require_alias: true } } : {}),
    body: JSON.stringify({ timestamp: isoTime(timeMs), dependencies }),
  });
  // Behind an alias the index has another name.
  if (response.status <= 201) return { index, written: (response.body as { readonly _index?: string })._index };
  if (response.status === 404 && options.useAliases) {
    throw new StorageError(
      "UNAVAILABLE",
      `cannot store dependencies: the alias ${index} is missing; es-rollover init creates it unless --skip-dependencies is given (--es.count-dependencies=false counts none)`,
    );
  }
  throw failure(response, "store dependencies");
}
