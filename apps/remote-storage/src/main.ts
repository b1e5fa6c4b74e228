import { runMain } from "@spoor/daemon";
import { REMOTE_STORAGE } from "./wire.ts";

await runMain(REMOTE_STORAGE);
