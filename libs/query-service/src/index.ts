export { rawTrace } from "./adjust/raw-trace.ts";
export { createQueryService, type QueryServiceOptions } from "./create-query-service.ts";
export * from "./errors.ts";
export { measureMetricsReader } from "./measured-metrics-reader.ts";
export { measureReader, type ReaderMetricsOptions } from "./measured-reader.ts";
export * from "./query-service.ts";
