export * from "./browser.ts";
export * from "./daemon.ts";
export * from "./ports.ts";
