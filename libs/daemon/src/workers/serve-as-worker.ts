import type { DaemonDefinition, DaemonProcess } from "../daemon-definition.ts";
import { RunningDaemon } from "../running-daemon.ts";
import type { Settings } from "../settings.ts";
import { WorkerLink } from "./worker-link.ts";
import type { WorkerRole } from "./worker-role.ts";

/** Runs the daemon's parts in a worker process; what faces the operator is the main process's. Resolves with the exit code. */
export async function serveAsWorker(
  definition: DaemonDefinition,
  host: DaemonProcess,
  settings: Settings,
  role: WorkerRole,
): Promise<number> {
  const daemon = new RunningDaemon(definition, host, settings, { worker: role.index });
  const { logger, registry, lifecycle, readiness } = daemon;
  const link = new WorkerLink(role, daemon);
  const code = await daemon.run(async (fail) => {
    await definition.start({
      settings,
      environment: host.environment,
      logger,
      registry,
      lifecycle,
      readiness,
      stopping: daemon.stopping,
      worker: role,
      adminAddress: role.adminAddress,
      announce: () => undefined,
      fail,
    });
    link.ready();
    return [];
  }, link.stopRequested);
  await link.close();
  return code;
}
