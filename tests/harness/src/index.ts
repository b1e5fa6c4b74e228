export * from "./daemon.ts";
export * from "./ports.ts";
