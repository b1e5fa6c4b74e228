import cluster from "node:cluster";
import { Registry } from "prom-client";
import { createLogger } from "../logger.ts";
import { Profiler } from "../profiling/profiler.ts";
import { Readiness } from "../readiness.ts";
import { ownWorkerRole, WorkerLink } from "../workers/worker-link.ts";
import { WorkerPool } from "../workers/worker-pool.ts";

/** A pool of one worker that is frozen once it works, for tests; ends when another one works in its place. */
const logger = createLogger({ level: "info", encoding: "json" });
const role = ownWorkerRole(process.env);
if (role === undefined) {
  const pool = new WorkerPool({
    count: 1,
    adminAddress: { host: "127.0.0.1", port: 1 },
    logger,
    heartbeatMs: 100,
    onProblems: () => undefined,
    onLastMetrics: () => undefined,
    onRunning: (running) => {
      if (running === 1) void pool.stop(5000);
    },
  });
  await pool.start();
  // Long enough for a worker that answers to be taken for one that hangs, if it were.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  logger.info("Frozen");
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGSTOP");
} else {
  const link = new WorkerLink(role, {
    logger,
    registry: new Registry(),
    readiness: new Readiness(),
    profiler: new Profiler(),
  });
  link.ready();
  await link.stopRequested;
  await link.close();
  process.exit(0);
}
