import { totalmem } from "node:os";
import { LAUNCHERS } from "./catalogue.ts";
import { ownServers } from "./own-servers.ts";

const GIB = 1024 ** 3;

// A server takes up to a gigabyte, and the tests beside it want memory too. Five are what one suite may hold at once.
const maxRunning = Math.max(5, Math.min(8, Math.floor(totalmem() / GIB) - 4));
ownServers(LAUNCHERS, { maxRunning, maxStarting: 2 });
