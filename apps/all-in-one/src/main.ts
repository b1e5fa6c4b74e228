import { runMain } from "@spoor/daemon";
import { IDENTITY } from "./identity.ts";

await runMain(IDENTITY, async () => (await import("./wire.ts")).ALL_IN_ONE);
