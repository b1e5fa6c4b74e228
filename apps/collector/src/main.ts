import { runMain } from "@spoor/daemon";
import { COLLECTOR } from "./wire.ts";

await runMain(COLLECTOR);
