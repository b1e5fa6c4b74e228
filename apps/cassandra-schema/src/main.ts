import { runTool } from "@spoor/daemon";
import { CASSANDRA_SCHEMA } from "./tool.ts";

await runTool(CASSANDRA_SCHEMA);
