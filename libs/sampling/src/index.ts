export { AdaptiveSampling, type AdaptiveSamplingOptions } from "./adaptive/adaptive-sampling.ts";
export { type MemorySamplingOptions, MemorySamplingStorage } from "./adaptive/memory-sampling-storage.ts";
export { ADAPTIVE_DEFAULTS, type AdaptiveOptions } from "./adaptive/options.ts";
export * from "./errors.ts";
export { type FileStrategiesOptions, openFileStrategies } from "./file-strategies.ts";
export * from "./protobuf.ts";
export * from "./render.ts";
export * from "./strategy.ts";
