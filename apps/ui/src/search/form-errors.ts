import { parseDuration } from "../format/duration.ts";
import { parseLogfmt } from "./logfmt.ts";
import type { SearchQuery } from "./search-params.ts";

/** What is wrong with a field, in words that say what to write. */
export type FormErrors = {
  readonly [K in keyof SearchQuery]?: string;
};

/** Checks a search before it is sent; no keys means that it can run. */
export function validateSearch(query: SearchQuery, maxLimit: number): FormErrors {
  const errors: { -readonly [K in keyof SearchQuery]?: string } = {};
  if (query.service.trim() === "") errors.service = "Choose the service to search in.";
  const { error } = parseLogfmt(query.tags);
  if (error !== undefined) errors.tags = `Cannot be read: ${error}.`;
  const min = checkDuration(query.minDuration);
  const max = checkDuration(query.maxDuration);
  const hint = "Write a number and a unit: 250us, 100ms, 1.5s, 2m.";
  if (min === null) errors.minDuration = hint;
  if (max === null) errors.maxDuration = hint;
  if (typeof min === "number" && typeof max === "number" && max < min) errors.maxDuration = "Is less than the minimum.";
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > maxLimit) {
    errors.limit = `A whole number from 1 to ${maxLimit}.`;
  }
  if (query.lookback === "custom") {
    if (query.startUs === undefined) errors.startUs = "Choose a date and time.";
    if (query.endUs === undefined) errors.endUs = "Choose a date and time.";
    if (query.startUs !== undefined && query.endUs !== undefined && query.endUs <= query.startUs) {
      errors.endUs = "Is not after the beginning.";
    }
  }
  return errors;
}

/** Undefined when empty, null when unreadable. */
function checkDuration(text: string): number | undefined | null {
  return text.trim() === "" ? undefined : (parseDuration(text) ?? null);
}
