import { runTool } from "@spoor/daemon";
import { TRACEGEN } from "./tracegen.ts";

await runTool(TRACEGEN);
