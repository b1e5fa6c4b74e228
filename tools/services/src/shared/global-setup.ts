import { fileURLToPath } from "node:url";
import { listenForRequests } from "./listen.ts";

/** Vitest's global set-up of a run; the function it gives ends the servers that were started meanwhile. */
export function setup(): Promise<() => Promise<void>> {
  return listenForRequests(fileURLToPath(new URL("host.ts", import.meta.url)));
}
