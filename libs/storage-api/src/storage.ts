import type { SamplingStorage } from "./sampling-store.ts";
import type { SpanWriter } from "./span-writer.ts";
import type { ReadOptions, TraceReader } from "./trace-reader.ts";

/** Calls from one service to another, summed over the asked time. */
export interface DependencyLink {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
  /** v1 leaves it empty for counted links. */
  readonly source: string;
}

export interface DependencyReader {
  /**
   * Links counted for child spans that started in [startTimeMs, endTimeMs], milliseconds since the epoch. Calls within
   * one service do not count; a span stored twice counts once. Two halves of a call that share one span id (Zipkin's
   * client and server) are a call from the client's service to the server's, and children of that id are the server's.
   */
  getDependencies(
    range: { readonly startTimeMs: number; readonly endTimeMs: number },
    options: ReadOptions,
  ): Promise<readonly DependencyLink[]>;
}

/** What a store can do; the test-kit holds a store to what it says. */
export interface Capabilities {
  /** Spans are there after a restart. */
  readonly persistent: boolean;
  /** `findTraceIds` works without a service name. */
  readonly searchWithoutService: boolean;
  /** Tenants see only their own spans. */
  readonly tenancy: boolean;
  /** Traces can be archived here. */
  readonly archive: boolean;
}

/** A store, open. */
export interface Storage {
  /** v1's name of the storage type, as in `SPAN_STORAGE_TYPE`. */
  readonly kind: string;
  readonly capabilities: Capabilities;
  readonly writer: SpanWriter;
  readonly reader: TraceReader;
  readonly dependencies: DependencyReader;
  /** Where traces are copied that are to stay, when the store has such a place; its capability `archive` says so too. */
  readonly archive?: { readonly reader: TraceReader; readonly writer: SpanWriter };
  /** What adaptive sampling needs, when the store has it. */
  readonly sampling?: SamplingStorage;
  /** Waits for accepted writes, then releases every resource. Later calls reject with `CLOSED`. */
  close(): Promise<void>;
}
