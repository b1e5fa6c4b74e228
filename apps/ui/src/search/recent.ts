import { recentSearches } from "../settings.ts";
import { LOOKBACKS } from "./lookback.ts";
import { readSearchQuery, type SearchQuery } from "./search-params.ts";

const KEPT = 8;

/** Remembers a search, newest first; the range of a lookback is left out so that it counts from now again. */
export function rememberSearch(params: URLSearchParams): void {
  const kept = new URLSearchParams(params);
  if (kept.get("lookback") !== "custom") {
    kept.delete("start");
    kept.delete("end");
  }
  const text = kept.toString();
  recentSearches.value = [text, ...recentSearches.peek().filter((other) => other !== text)].slice(0, KEPT);
  try {
    // v1's page reads this key too: who goes back finds the same service.
    const { service, operation } = readSearchQuery(params);
    localStorage.setItem("lastSearch", JSON.stringify({ service, operation: operation === "" ? "all" : operation }));
  } catch {
    // Storage is blocked: nothing is remembered.
  }
}

/** The service and operation searched last, also by v1's page; empty when there were none. */
export function lastSearch(): { readonly service: string; readonly operation: string } {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem("lastSearch") ?? "null");
    if (typeof stored === "object" && stored !== null) {
      const { service, operation } = stored as { service?: unknown; operation?: unknown };
      if (typeof service === "string") {
        return { service, operation: typeof operation === "string" && operation !== "all" ? operation : "" };
      }
    }
  } catch {
    // Nothing usable is stored.
  }
  return { service: "", operation: "" };
}

/** A search in words: `frontend · GET / · error=true · ≥ 5ms · last hour`. */
export function describeSearch(query: SearchQuery): readonly string[] {
  const range = LOOKBACKS.find((lookback) => lookback.value === query.lookback)?.label.toLowerCase();
  return [
    query.operation,
    query.tags,
    query.minDuration === "" ? "" : `≥ ${query.minDuration}`,
    query.maxDuration === "" ? "" : `≤ ${query.maxDuration}`,
    range ?? "custom range",
    `limit ${query.limit}`,
  ].filter((part) => part !== "");
}
