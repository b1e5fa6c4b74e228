export { type ExportTarget, exportTargetIn } from "./export-target.ts";
export { type SelfTracing, startSelfTracing } from "./self-tracing.ts";
export { tracedQueryService } from "./traced-query-service.ts";
