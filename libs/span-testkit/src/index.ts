export * from "./arbitrary-span.ts";
export * from "./mutations.ts";
export * from "./v1-json.ts";
export * from "./v1-trace.ts";
