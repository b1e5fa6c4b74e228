import type { LatenciesQuery } from "@spoor/storage-api";
import { pino } from "pino";
import { afterEach } from "vitest";
import type { PrometheusMetricsOptions } from "../options.ts";
import { createPrometheusMetrics, type PrometheusMetrics } from "../prometheus-metrics-reader.ts";

const open: PrometheusMetrics[] = [];
afterEach(() => {
  for (const reader of open.splice(0)) reader.close();
});

export const NAMES = {
  namespace: "traces_span_metrics",
  normalizeCalls: false,
  normalizeDuration: false,
  durationUnit: "ms",
} as const;

/** A reader that is closed with the test. */
export function readerOf(serverUrl: string, options: Partial<PrometheusMetricsOptions> = {}): PrometheusMetrics {
  const reader = createPrometheusMetrics({
    serverUrl,
    connectTimeoutMs: 5000,
    names: NAMES,
    logger: pino({ level: "silent" }),
    ...options,
  });
  open.push(reader);
  return reader;
}

export const QUERY: LatenciesQuery = {
  serviceNames: ["checkout"],
  groupByOperation: false,
  spanKinds: ["SPAN_KIND_SERVER"],
  endTimeMs: 1_700_000_000_123,
  lookbackMs: 60_000,
  stepMs: 5000,
  ratePerMs: 600_000,
  quantile: 0.95,
};

export const NOBODY = { tenant: "" };
