import type { TraceId } from "@spoor/span-model";
import { invalidParameter, QueryApiError } from "../errors.ts";
import { parseBool, parseHex64, parseInt10 } from "../go/parse-number.ts";
import type { QueryValues } from "../go/query-values.ts";

/** Reads a parameter with `parse`; absent or empty gives `fallback`; errors name the parameter as v1 does. */
export function parameter<T>(query: QueryValues, name: string, parse: (text: string) => T, fallback: T): T {
  const text = query.first(name);
  if (text === "") return fallback;
  return named(`unable to parse param '${name}'`, () => parse(text));
}

/** Puts `prefix: ` in front of what an error says. */
export function named<T>(prefix: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof QueryApiError) throw invalidParameter(`${prefix}: ${error.message}`);
    throw error;
  }
}

export function booleanParameter(query: QueryValues, name: string): boolean {
  return parameter(query, name, parseBool, false);
}

/**
 * A time in whole units since the epoch, in nanoseconds. A value too large for Go's 64-bit nanoseconds wraps around,
 * as it does in v1.
 */
export function timeParameter(query: QueryValues, name: string, unitNs: bigint, fallbackNs: bigint): bigint {
  return parameter(query, name, (text) => BigInt.asIntN(64, parseInt10(text, 64) * unitNs), fallbackNs);
}

/** Hex of up to 32 digits, leading zeros optional (jaegertracing/jaeger `TraceIDFromString`). */
export function parseTraceIdParameter(text: string): TraceId {
  const length = Buffer.byteLength(text);
  if (length > 32) throw invalidParameter(`TraceID cannot be longer than 32 hex characters: ${text}`);
  if (length <= 16) return "0".repeat(16) + parseHex64(text);
  const bytes = Buffer.from(text);
  return parseHex64(bytes.toString("utf8", 0, length - 16)) + parseHex64(bytes.toString("utf8", length - 16));
}
