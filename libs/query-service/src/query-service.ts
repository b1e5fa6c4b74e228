import type { Span, TraceId } from "@spoor/span-model";
import type { KeyValuePlaces, SpanFields } from "@spoor/span-wire";
import type { Completeness, DependencyLink, Operation, ReadOptions, TraceQuery } from "@spoor/storage-api";

/** A trace as it is shown: as it was stored when raw was asked for, else adjusted and without copies of a span. */
export interface TraceView {
  readonly traceId: TraceId;
  readonly spanCount: number;
  /**
   * The spans, decoded one at a time with adjustments and warnings applied. Nothing decoded is kept, so a trace of
   * any size costs its encoded bytes. Spans of one process share one `process` object. Can be called again.
   */
  spans(): Iterable<Span>;
  /** The same spans as places in their encoded bytes, for a face that writes bytes itself. */
  shown(): Iterable<ShownSpan>;
}

/** A span as it is shown, not decoded; its `fields` hold until the next one is asked for. */
export interface ShownSpan {
  /** Adjusted: places may lie in other bytes than the span's own, key by key. */
  readonly fields: SpanFields;
  readonly process: ShownProcess;
  /** They follow those in `fields`. */
  readonly addedWarnings: readonly string[];
}

/** Spans of one process share one object, often those of other traces as well. */
export interface ShownProcess {
  readonly serviceName: string;
  readonly tags: readonly KeyValuePlaces[];
}

export interface ViewOptions extends ReadOptions {
  /** True leaves traces as they were stored, copies of a span included, as v1 does. */
  readonly raw?: boolean;
}

export interface TraceViews {
  readonly completeness: Completeness;
  /** Newest first. */
  readonly traces: AsyncIterable<TraceView>;
}

/** What the query daemon answers from; every face (HTTP, gRPC) stands on it. Errors: {@link StorageError} and {@link QueryServiceError}. */
export interface QueryService {
  /** `undefined` when there is no such trace. */
  getTrace(traceId: TraceId, options: ViewOptions): Promise<TraceView | undefined>;
  findTraces(query: TraceQuery, options: ViewOptions): Promise<TraceViews>;
  getServices(options: ReadOptions): Promise<readonly string[]>;
  getOperations(
    query: { readonly serviceName: string; readonly spanKind?: string },
    options: ReadOptions,
  ): Promise<readonly Operation[]>;
  getDependencies(
    range: { readonly startTimeMs: number; readonly endTimeMs: number },
    options: ReadOptions,
  ): Promise<readonly DependencyLink[]>;
  /** Copies a trace to the archive. Rejects with `ARCHIVE_NOT_CONFIGURED` or `TRACE_NOT_FOUND`. */
  archiveTrace(traceId: TraceId, options: ReadOptions): Promise<void>;
  /** Whether `archiveTrace` can work. */
  readonly archiveEnabled: boolean;
}
