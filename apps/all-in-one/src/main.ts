import { runMain } from "@spoor/daemon";
import { ALL_IN_ONE } from "./wire.ts";

await runMain(ALL_IN_ONE);
