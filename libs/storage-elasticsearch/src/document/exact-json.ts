/** Somewhere there may be a whole number beyond 2^53. */
const LONG_NUMBER = /[:,[]\s*-?(?:9\d{15}|\d{17})/;
const WHOLE = /^-?\d+$/;

interface ReviverContext {
  readonly source?: string;
}

/**
 * Parses JSON with whole numbers beyond 2^53 as bigints: v1 keeps 64-bit integers as numbers of JSON. A Node that does not tell the
 * text of a number (before 21) rounds them.
 */
export function parseExactJson(json: string): unknown {
  if (!LONG_NUMBER.test(json)) return JSON.parse(json) as unknown;
  return JSON.parse(json, revive as (key: string, value: unknown) => unknown) as unknown;
}

function revive(_key: string, value: unknown, context?: ReviverContext): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && WHOLE.test(source) ? BigInt(source) : value;
}
