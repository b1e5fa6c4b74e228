import { formatLogfmt, parseLogfmt } from "./logfmt.ts";
import { lookbackUs } from "./lookback.ts";

/** What the search form holds. Times are microseconds since the epoch. */
export interface SearchQuery {
  readonly service: string;
  /** Empty means all operations. */
  readonly operation: string;
  /** Tags as the person typed them, in logfmt. */
  readonly tags: string;
  /** `1h`, …, or `custom`. */
  readonly lookback: string;
  readonly startUs: number | undefined;
  readonly endUs: number | undefined;
  readonly minDuration: string;
  readonly maxDuration: string;
  readonly limit: number;
  /** When not empty, exactly these traces are shown. */
  readonly traceIds: readonly string[];
}

export const DEFAULT_LIMIT = 20;
export const DEFAULT_LOOKBACK = "1h";

/** Reads the parameters of a `/search` URL (v1's names). Anything unreadable becomes its default. */
export function readSearchQuery(params: URLSearchParams): SearchQuery {
  const operation = params.get("operation") ?? "";
  const startUs = timeOf(params.get("start"));
  const endUs = timeOf(params.get("end"));
  const lookback = params.get("lookback") ?? "";
  const known = lookback === "custom" || lookbackUs(lookback) !== undefined;
  return {
    service: params.get("service") ?? "",
    operation: operation === "all" ? "" : operation,
    tags: readTags(params),
    lookback: known ? lookback : startUs !== undefined && endUs !== undefined ? "custom" : DEFAULT_LOOKBACK,
    startUs,
    endUs,
    minDuration: params.get("minDuration") ?? "",
    maxDuration: params.get("maxDuration") ?? "",
    limit: limitOf(params.get("limit")),
    traceIds: params.getAll("traceID").filter((id) => id !== ""),
  };
}

function timeOf(text: string | null): number | undefined {
  if (text === null || !/^\d{1,16}$/.test(text)) return undefined;
  return Number(text);
}

function limitOf(text: string | null): number {
  const limit = Number(text);
  return text !== null && Number.isInteger(limit) && limit > 0 ? limit : DEFAULT_LIMIT;
}

/** `tags` is a JSON object of strings; `tag` (repeated) is `key:value`. */
function readTags(params: URLSearchParams): string {
  const tags: Record<string, string> = {};
  for (const tag of params.getAll("tag")) {
    const colon = tag.indexOf(":");
    if (colon > 0) tags[tag.slice(0, colon)] = tag.slice(colon + 1);
  }
  for (const json of params.getAll("tags")) {
    try {
      const parsed: unknown = JSON.parse(json);
      if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) continue;
      for (const [key, value] of Object.entries(parsed)) tags[key] = String(value);
    } catch {
      // Not JSON: some links carry logfmt here.
      Object.assign(tags, parseLogfmt(json).tags);
    }
  }
  return formatLogfmt(tags);
}

/** The query with its range fixed: a lookback becomes start and end counted back from `nowUs`. */
export function fixRange(query: SearchQuery, nowUs: number): SearchQuery {
  const back = lookbackUs(query.lookback);
  if (back === undefined) return query;
  return { ...query, startUs: nowUs - back, endUs: nowUs };
}

/** The parameters for the page's URL and for `GET /api/traces` alike, in a stable order. */
export function writeSearchQuery(query: SearchQuery): URLSearchParams {
  const params = new URLSearchParams();
  const set = (name: string, value: string): void => {
    if (value !== "") params.set(name, value);
  };
  for (const id of query.traceIds) params.append("traceID", id);
  set("service", query.service);
  set("operation", query.operation);
  set("lookback", query.lookback);
  set("start", query.startUs === undefined ? "" : String(query.startUs));
  set("end", query.endUs === undefined ? "" : String(query.endUs));
  set("limit", String(query.limit));
  set("minDuration", query.minDuration.trim());
  set("maxDuration", query.maxDuration.trim());
  const { tags } = parseLogfmt(query.tags);
  if (Object.keys(tags).length > 0) params.set("tags", JSON.stringify(tags));
  return params;
}

/** Whether the URL asks for a search at all, or just for the empty form. */
export function isRunnable(query: SearchQuery): boolean {
  return query.service !== "" || query.traceIds.length > 0;
}
