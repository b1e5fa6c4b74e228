export * from "./errors.ts";
export { type FileStrategiesOptions, openFileStrategies } from "./file-strategies.ts";
export * from "./protobuf.ts";
export * from "./render.ts";
export * from "./strategy.ts";
