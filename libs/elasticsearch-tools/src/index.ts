export { runIndexCleaner, runMappings, runRollover, type ToolContext } from "./commands.ts";
export { CLEANER_FLAGS, MAPPINGS_FLAGS, ROLLOVER_FLAGS } from "./flags.ts";
export type { Log } from "./log.ts";
export { runProcess } from "./main.ts";
