export { runIndexCleaner, runMappings, runRollover, type ToolContext } from "./commands.ts";
export type { Log } from "./log.ts";
export { runProcess } from "./main.ts";
