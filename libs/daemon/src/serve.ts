import type { DaemonDefinition, DaemonProcess } from "./daemon-definition.ts";
import { RunningDaemon } from "./running-daemon.ts";
import type { Settings } from "./settings.ts";
import { serveAsWorker } from "./workers/serve-as-worker.ts";
import { serveWithWorkers } from "./workers/serve-with-workers.ts";
import { ownWorkerRole } from "./workers/worker-link.ts";

/** Runs the daemon until it is asked to stop or fails; resolves with the exit code. */
export async function serve(definition: DaemonDefinition, host: DaemonProcess, settings: Settings): Promise<number> {
  if (definition.workers !== undefined) {
    const role = ownWorkerRole(host.environment);
    if (role !== undefined) return serveAsWorker(definition, host, settings, role);
    const count = definition.workers(settings);
    if (count > 1) return serveWithWorkers(definition, host, settings, count);
  }
  return serveAlone(definition, host, settings);
}

async function serveAlone(definition: DaemonDefinition, host: DaemonProcess, settings: Settings): Promise<number> {
  const daemon = new RunningDaemon(definition, host, settings);
  const { logger, registry, lifecycle, readiness, profiler } = daemon;
  daemon.warnOfUnknownKeys();
  return daemon.run(async (fail) => {
    const announced: string[] = [];
    const adminAddress = await daemon.startAdmin({
      metricsPage: () => registry.metrics(),
      profile: (request, worker, signal) =>
        worker === undefined
          ? profiler.run(request, signal)
          : Promise.reject(new Error("there are no workers in this daemon")),
    });
    await definition.start({
      settings,
      environment: host.environment,
      logger,
      registry,
      lifecycle,
      readiness,
      stopping: daemon.stopping,
      adminAddress,
      announce: (line) => announced.push(line),
      fail,
    });
    return announced;
  }, host.stopRequested);
}
