import type { TraceId } from "@spoor/span-model";
import type { EncodedSpan } from "@spoor/span-wire";

export interface ReadOptions {
  /** "" when tenancy is off. */
  readonly tenant: string;
  /** The reader's own token, for a store that checks it instead of the daemon's credentials; others leave it aside. */
  readonly bearerToken?: string;
  /** Ends the read early; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What to look for. A trace matches when one of its spans meets every condition given. */
export interface TraceQuery {
  /** Exact; `undefined` looks at every service. */
  readonly serviceName?: string;
  /** Exact. */
  readonly operationName?: string;
  /**
   * Each key must have this value among the span's tags, its process's tags or the fields of one of its logs.
   * Values compare as text the way v1 writes them: bool `true`/`false`, integers in decimal, floats as Go's `%g` with 10 digits
   * (see `valueText` in span-wire), binary as hex.
   */
  readonly tags: ReadonlyMap<string, string>;
  /** Nanoseconds since the epoch, inclusive, compared with the span's start. A range that ends before it begins matches nothing. */
  readonly startTimeMinNs: bigint;
  readonly startTimeMaxNs: bigint;
  /** Nanoseconds, inclusive. */
  readonly durationMinNs?: bigint;
  readonly durationMaxNs?: bigint;
  /**
   * At most this many traces, newest first by the start of their newest matching span; traces that start together
   * come in any order. At least 1, else `INVALID_QUERY`.
   */
  readonly limit: number;
}

/**
 * Whether an answer holds everything that matches, and if not, what cut it off. `limit` is said only when the limit is
 * reached; a store that stopped looking there says it too, though nothing more might match.
 */
export type Completeness =
  | { readonly complete: true }
  | { readonly complete: false; readonly reason: "limit" | "time" | "memory" | "unreadable"; readonly detail: string };

export interface FoundTraces {
  /** Newest first, each once. */
  readonly traceIds: readonly TraceId[];
  readonly completeness: Completeness;
}

export interface TraceSpans {
  readonly traceId: TraceId;
  readonly spans: readonly EncodedSpan[];
}

export interface Operation {
  readonly name: string;
  /** The text of the tag `span.kind`; "" when the spans have none. */
  readonly spanKind: string;
}

/**
 * Reads what a writer stored.
 *
 * - Spans come as encoded: readers decode what they need. Their order is open.
 * - Unless a capability says otherwise, a span written twice with the same bytes may come twice: the query service removes duplicates.
 * - A trace that does not exist is an empty answer, never an error.
 * - A write that resolved is seen by every read that begins later.
 */
export interface TraceReader {
  /** All spans of a trace, in chunks of bounded size, so that a trace of any size can be streamed. */
  getTrace(traceId: TraceId, options: ReadOptions): AsyncIterable<readonly EncodedSpan[]>;
  /** Whole traces, in the order of the ids; ids without a trace are left out. */
  getTraces(traceIds: readonly TraceId[], options: ReadOptions): AsyncIterable<TraceSpans>;
  /** Rejects with `INVALID_QUERY` or `UNSUPPORTED_QUERY`. */
  findTraceIds(query: TraceQuery, options: ReadOptions): Promise<FoundTraces>;
  /** Names in alphabetical order. */
  getServices(options: ReadOptions): Promise<readonly string[]>;
  /** Operations of a service in alphabetical order; with `spanKind`, only those of that kind. */
  getOperations(
    query: { readonly serviceName: string; readonly spanKind?: string },
    options: ReadOptions,
  ): Promise<readonly Operation[]>;
}
