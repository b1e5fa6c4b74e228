import { Counter, Gauge } from "prom-client";
import type { DaemonDefinition, DaemonProcess } from "../daemon-definition.ts";
import { RunningDaemon, STOP_DEADLINE_MS, type StopTimes } from "../running-daemon.ts";
import type { Settings } from "../settings.ts";
import { SummedMetrics } from "./summed-metrics.ts";
import { WorkerPool } from "./worker-pool.ts";

/** What a worker gets beyond its own time to stop before it is killed. */
const KILL_AFTER_MS = 2000;
/** A start that waits for workers is over as soon as these are asked to stop. */
const STOP_TIMES: StopTimes = { deadlineMs: STOP_DEADLINE_MS + 2 * KILL_AFTER_MS, startGraceMs: 0 };

/** Runs the main process of a daemon with several workers: admin server, summed metrics, and the workers' lives. Resolves with the exit code. */
export async function serveWithWorkers(
  definition: DaemonDefinition,
  host: DaemonProcess,
  settings: Settings,
  count: number,
): Promise<number> {
  const daemon = new RunningDaemon(definition, host, settings);
  const { logger, registry, lifecycle, readiness, profiler } = daemon;
  daemon.warnOfUnknownKeys();
  return daemon.run(
    async () => {
      const summed = new SummedMetrics(registry);
      let pool: WorkerPool | undefined;
      const adminAddress = await daemon.startAdmin({
        metricsPage: async () => summed.page((await pool?.metrics()) ?? []),
        profile: (request, worker, signal) =>
          worker === undefined || pool === undefined ? profiler.run(request, signal) : pool.profile(worker, request),
        logLevelChanged: (level) => pool?.setLogLevel(level),
      });
      const parts = new Map<number, readonly string[]>();
      const workers = new WorkerPool({
        count,
        adminAddress,
        logger,
        onProblems: (index, problems) => {
          for (const part of parts.get(index) ?? []) {
            if (!(part in problems)) readiness.report(`worker ${index}: ${part}`, undefined);
          }
          for (const [part, problem] of Object.entries(problems)) readiness.report(`worker ${index}: ${part}`, problem);
          parts.set(index, Object.keys(problems));
        },
        onRunning: (running) => readiness.report("workers", running > 0 ? undefined : "none is running"),
        onLastMetrics: (metrics) => summed.keep(metrics),
      });
      pool = workers;
      measure(daemon, workers, count);
      lifecycle.add("workers", async () => {
        await workers.stop(STOP_DEADLINE_MS + KILL_AFTER_MS);
      });
      await workers.start();
      logger.info({ workers: count }, "All workers take work");
      return [];
    },
    host.stopRequested,
    STOP_TIMES,
  );
}

function measure({ registry }: RunningDaemon, pool: WorkerPool, count: number): void {
  new Gauge({
    name: "spoor_workers",
    help: "Worker processes, by whether they take work",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      this.set({ state: "running" }, pool.running);
      this.set({ state: "missing" }, count - pool.running);
    },
  });
  new Counter({
    name: "spoor_worker_restarts_total",
    help: "Workers that ended and were started again",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(pool.restarts);
    },
  });
}
