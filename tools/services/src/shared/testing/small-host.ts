import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "../../process.ts";
import { ownServers } from "../own-servers.ts";

/** Owns one server that only waits. */
ownServers(
  {
    "cassandra-5.0.9": async () => {
      const folder = await mkdtemp(join(tmpdir(), "spoor-waiting-"));
      const server = await startProcess({
        command: process.execPath,
        args: ["-e", "console.log('ready'); setInterval(() => {}, 1000)"],
        logFile: join(folder, "server.log"),
        isReady: (log) => log.includes("ready"),
      });
      const close = async () => {
        await server.stop();
        await rm(folder, { recursive: true });
      };
      return { address: { host: process.pid, server: server.pid, folder }, close };
    },
  },
  { maxRunning: 1, maxStarting: 1 },
);
