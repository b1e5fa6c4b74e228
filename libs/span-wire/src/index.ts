export * from "./encoded-span.ts";
export * from "./errors.ts";
export * from "./reader.ts";
export * from "./span-batch.ts";
export * from "./writer.ts";
