import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { ServiceError } from "../errors.ts";
import type { Answer, Request } from "./protocol.ts";
import { type Launcher, ServerPool, type ServerPoolOptions } from "./server-pool.ts";

/** Servers that take longer to end are killed. */
const END_TIMEOUT_MS = 30_000;

/**
 * Makes this process the owner of a test run's servers. The run hands it the connections of those who ask. Its channel to the run is its
 * life line: when that closes, because the run is over or was killed, the servers end, their data go, and so does this process. If this
 * process itself is killed, the kernel ends the servers.
 */
export function ownServers(launchers: Readonly<Record<string, Launcher>>, options: ServerPoolOptions): void {
  const pool = new ServerPool(launchers, options);
  process.on("message", (_: unknown, socket: unknown) => {
    if (socket !== undefined && socket !== null) void serve(pool, socket as Socket);
  });
  process.once("disconnect", () => {
    setTimeout(() => process.exit(1), END_TIMEOUT_MS).unref();
    void pool.close().finally(() => process.exit(0));
  });
  // A Ctrl-C reaches every process of the terminal; this one waits for the run's end.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
}

/** One connection: a request, its answer, and a lease that lasts until the connection closes. */
async function serve(pool: ServerPool, socket: Socket): Promise<void> {
  let isGone = false;
  let release = () => {};
  socket.on("error", () => undefined);
  socket.once("close", () => {
    isGone = true;
    release();
  });
  const answer = (value: Answer) => socket.write(`${JSON.stringify(value)}\n`);
  createInterface({ input: socket }).once("line", async (line) => {
    try {
      const lease = await pool.lease((JSON.parse(line) as Request).name);
      release = lease.release;
      if (isGone) release();
      answer({ address: lease.address });
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : "START_FAILED";
      answer({ error: error instanceof Error ? error.message : String(error), code });
    }
  });
  socket.resume();
}
