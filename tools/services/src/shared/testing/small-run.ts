import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { listenForRequests } from "../listen.ts";
import { sharedCassandra } from "../shared.ts";

/** A run that asks for a server, prints what it got, and ends with its input. */
const end = await listenForRequests(fileURLToPath(new URL("small-host.ts", import.meta.url)));
process.stdout.write(`${JSON.stringify(await sharedCassandra())}\n`);
process.stdin.resume();
await once(process.stdin, "end");
await end();
