export { DEFAULT_MAX_BYTES, type MemoryStorageOptions, openMemoryStorage } from "./memory-storage.ts";
export { createMemoryMetrics, type MemoryMetrics } from "./metrics.ts";
