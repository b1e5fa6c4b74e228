import { runMain } from "@spoor/daemon";
import { INGESTER } from "./wire.ts";

await runMain(INGESTER);
