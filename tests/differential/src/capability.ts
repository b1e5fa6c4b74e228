import type { Span } from "@spoor/span-model";
import type { Completeness, TraceQuery } from "@spoor/storage-api";

/**
 * One way in which a store's answers differ from those of a plain loop over all spans. Each function is the difference itself, so that
 * everything beside it still has to be right.
 */
export interface Capability {
  readonly name: string;
  readonly why: string;
  /** Such a query is refused as `UNSUPPORTED_QUERY`. */
  readonly refuses?: (query: TraceQuery) => boolean;
  /** The query that is answered instead. */
  readonly asks?: (query: TraceQuery) => TraceQuery;
  /** The span that is kept, found and shown instead. */
  readonly keeps?: (span: Span) => Span;
  /** The span meets the query and is not found by it. */
  readonly overlooks?: (span: Span, query: TraceQuery) => boolean;
  /** The store says so of its answer. */
  readonly admits?: (query: TraceQuery) => Exclude<Completeness, { complete: true }>["reason"] | undefined;
  /** An operation that lists do not have. */
  readonly hidesOperation?: (operationName: string) => boolean;
}
