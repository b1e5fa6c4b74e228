import type { MetricObject, MetricObjectWithValues, MetricValue } from "prom-client";
import type { ProfileRequest, ProfilerErrorCode } from "../profiling/profiler.ts";

/** Metrics of one process, as `registry.getMetricsAsJSON()` gives them. */
export type MetricsSnapshot = readonly (MetricObject | MetricObjectWithValues<MetricValue<string>>)[];

/** From the main process to a worker. */
export type ToWorker =
  | { readonly spoor: "stop" }
  /** To be answered by `alive`. */
  | { readonly spoor: "heartbeat" }
  | { readonly spoor: "log-level"; readonly level: string }
  | { readonly spoor: "metrics"; readonly id: number }
  | { readonly spoor: "profile"; readonly id: number; readonly request: ProfileRequest };

/** From a worker to the main process. */
export type FromWorker =
  | { readonly spoor: "ready" }
  | { readonly spoor: "alive" }
  /** The worker's parts that cannot work just now, and why. */
  | { readonly spoor: "problems"; readonly problems: Readonly<Record<string, string>> }
  /** Its metrics at its end, so that what it counted stays counted. */
  | { readonly spoor: "last-metrics"; readonly metrics: MetricsSnapshot }
  | { readonly spoor: "metrics"; readonly id: number; readonly metrics: MetricsSnapshot }
  | { readonly spoor: "profile"; readonly id: number; readonly profile: string }
  /** No metrics or no profile. */
  | { readonly spoor: "failed"; readonly id: number; readonly code: ProfilerErrorCode; readonly error: string };

/** Other libraries send messages between the processes, too. */
export function isOurs(message: unknown): message is { readonly spoor: string } {
  return typeof message === "object" && message !== null && typeof (message as { spoor?: unknown }).spoor === "string";
}
