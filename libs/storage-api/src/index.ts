export * from "./errors.ts";
export * from "./metrics-reader.ts";
export * from "./sampling-store.ts";
export * from "./span-writer.ts";
export * from "./storage.ts";
export * from "./trace-reader.ts";
