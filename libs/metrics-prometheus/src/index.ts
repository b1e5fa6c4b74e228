export {
  DEFAULT_LIMITS,
  type MetricNames,
  type PrometheusLimits,
  type PrometheusMetricsOptions,
  type PrometheusTls,
} from "./options.ts";
export { createPrometheusMetrics, type PrometheusMetrics } from "./prometheus-metrics-reader.ts";
