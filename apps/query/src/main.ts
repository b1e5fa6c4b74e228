import { runMain } from "@spoor/daemon";
import { QUERY } from "./wire.ts";

await runMain(QUERY);
