import { runTool } from "@spoor/daemon";
import { DEPENDENCIES } from "./tool.ts";

await runTool(DEPENDENCIES);
