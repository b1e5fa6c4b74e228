export * from "./ids.ts";
export * from "./key-value.ts";
export * from "./span.ts";
