export {
  DEFAULT_MAX_BYTES,
  DEFAULT_MAX_TENANTS,
  type MemoryStorageOptions,
  openMemoryStorage,
} from "./memory-storage.ts";
export { createMemoryMetrics, type MemoryMetrics } from "./metrics.ts";
