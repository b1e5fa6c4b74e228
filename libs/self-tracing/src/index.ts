export { type ExportTarget, exportTargetIn } from "./export-target.ts";
export { type SelfTracing, startSelfTracing } from "./self-tracing.ts";
export { tracedMetricsReader } from "./traced-metrics-reader.ts";
export { tracedQueryService } from "./traced-query-service.ts";
