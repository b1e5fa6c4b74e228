export type { AdmittedBatch } from "./admitted-batch.ts";
export { DEFAULT_HASH_SALT } from "./downsampling.ts";
export { createIngest, type Ingest, type IngestOptions } from "./ingest.ts";
export type { CollectorTag } from "./process-rules.ts";
