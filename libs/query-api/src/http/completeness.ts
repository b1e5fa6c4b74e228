import type { Completeness } from "@spoor/storage-api";

const MAX_DETAIL = 200;

/**
 * Whether a search found everything, as reply headers (gRPC: metadata): v1's bodies have no place for it.
 * `x-spoor-completeness` is `complete`, `limit`, `time`, `memory` or `unreadable`.
 */
export function completenessHeaders(completeness: Completeness): Readonly<Record<string, string>> {
  if (completeness.complete) return { "x-spoor-completeness": "complete" };
  const detail = completeness.detail
    .replace(/[^ -~]+/g, " ")
    .trim()
    .slice(0, MAX_DETAIL);
  return {
    "x-spoor-completeness": completeness.reason,
    ...(detail === "" ? {} : { "x-spoor-completeness-detail": detail }),
  };
}
