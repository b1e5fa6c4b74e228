import type { ReadOptions } from "./trace-reader.ts";

/** OpenTelemetry's names of the kinds of spans. */
export type MetricsSpanKind =
  | "SPAN_KIND_UNSPECIFIED"
  | "SPAN_KIND_INTERNAL"
  | "SPAN_KIND_SERVER"
  | "SPAN_KIND_CLIENT"
  | "SPAN_KIND_PRODUCER"
  | "SPAN_KIND_CONSUMER";

/** Which metrics of spans are asked for, and over which time. All times are whole milliseconds. */
export interface MetricsQuery {
  /** Exact; at least one. */
  readonly serviceNames: readonly string[];
  /** One series for each operation of a service instead of one for each service. */
  readonly groupByOperation: boolean;
  /** Spans of any of these kinds count; of all kinds when empty. */
  readonly spanKinds: readonly MetricsSpanKind[];
  /** Of the last point, since the epoch. */
  readonly endTimeMs: number;
  /** From the first point to the last. */
  readonly lookbackMs: number;
  /** From point to point. */
  readonly stepMs: number;
  /** A point is the mean over this time before it. */
  readonly ratePerMs: number;
}

export interface LatenciesQuery extends MetricsQuery {
  /** Between 0 and 1. */
  readonly quantile: number;
}

export interface MetricPoint {
  /** Since the epoch. */
  readonly timestampMs: number;
  /** NaN and infinities are possible: a quantile of no spans is NaN. */
  readonly value: number;
}

/** One series. */
export interface Metric {
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly points: readonly MetricPoint[];
}

/** Series of gauges that belong together (`jaeger.api_v2.metrics.MetricFamily`). */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  /** With the labels `service_name` and, when asked for by operation, `operation`; empty when nothing is known of the services. */
  readonly metrics: readonly Metric[];
}

/**
 * Reads metrics that somebody made of spans: how many calls services got, how many failed, how long they took. What the metrics store
 * cannot answer rejects with a `StorageError`: `INVALID_QUERY` when it refuses the query, `UNAVAILABLE` when it is not there.
 */
export interface MetricsReader {
  /** The quantile of the time that spans took, in the unit that the metrics have. */
  getLatencies(query: LatenciesQuery, options: ReadOptions): Promise<MetricFamily>;
  /** Spans a second. */
  getCallRates(query: MetricsQuery, options: ReadOptions): Promise<MetricFamily>;
  /** The part of the spans that have an error, 0 to 1; 0 for a service that has calls and no errors. */
  getErrorRates(query: MetricsQuery, options: ReadOptions): Promise<MetricFamily>;
  /** Points no closer to each other than this can be had. */
  getMinStepMs(options: ReadOptions): Promise<number>;
}
