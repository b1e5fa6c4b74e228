import { runMain } from "@spoor/daemon";
import { AGENT } from "./wire.ts";

await runMain(AGENT);
