import { startAdminServer } from "./admin-server.ts";
import { buildInfo } from "./build-info.ts";
import type { DaemonDefinition, DaemonProcess } from "./daemon-definition.ts";
import { DaemonError } from "./errors.ts";
import { Health } from "./health.ts";
import { type HostPort, parseHostPort } from "./host-port.ts";
import { Lifecycle } from "./lifecycle.ts";
import { createLogger, errorText, type Logger } from "./logger.ts";
import { createRegistry, metricsEnabled } from "./metrics.ts";
import { nearestName } from "./nearest-name.ts";
import { assignedSettings } from "./print-config.ts";
import { Readiness } from "./readiness.ts";
import { printAsV1, withHint } from "./report-error.ts";
import type { Settings } from "./settings.ts";
import { waitForSignal } from "./signals.ts";
import { readServerTls } from "./tls.ts";
import { watchServerTls } from "./tls-reload.ts";

/** Well below the half minute that supervisors give before they kill. */
const STOP_DEADLINE_MS = 10_000;

/** Runs the daemon until it is asked to stop or fails; resolves with the exit code. */
export async function serve(definition: DaemonDefinition, host: DaemonProcess, settings: Settings): Promise<number> {
  const build = buildInfo();
  const logger = createLogger({
    level: settings.string("log-level"),
    encoding: logEncoding(settings, host),
    ...(host.log === undefined ? {} : { destination: { write: host.log } }),
  });
  const hasMetrics = metricsEnabled(settings.string("metrics-backend"));
  warnOfUnknownKeys(settings, logger);
  const registry = createRegistry(definition.metricsNamespace, build);
  const health = new Health();
  const readiness = new Readiness();
  const lifecycle = new Lifecycle(logger);
  const announced: string[] = [];
  let failed: (error: unknown) => void = () => undefined;
  const failure = new Promise<{ error: unknown }>((resolve) => {
    failed = (error) => resolve({ error });
  });
  const signals = waitForSignal(host.stopRequested);
  try {
    const adminAddress = await startAdmin();
    await definition.start({
      settings,
      environment: host.environment,
      logger,
      registry,
      lifecycle,
      readiness,
      adminAddress,
      announce: (line) => announced.push(line),
      fail: failed,
    });
    health.setAvailable();
    logger.info({ status: "ready" }, "Health Check state change");
    for (const line of announced) host.stdout(`${line}\n`);
    const ended = await Promise.race([failure, signals.received]);
    health.setUnavailable();
    if ("error" in ended) logger.fatal({ err: ended.error }, "Shutting down after a failure");
    else logger.info({ signal: ended.signal }, "Shutting down");
    const clean = await lifecycle.stop(STOP_DEADLINE_MS);
    if (clean) logger.info("Shutdown complete");
    return "error" in ended ? 1 : 0;
  } catch (error) {
    health.setUnavailable();
    logger.fatal(withHint(error));
    await lifecycle.stop(STOP_DEADLINE_MS);
    return 1;
  } finally {
    signals.dispose();
  }

  async function startAdmin(): Promise<HostPort> {
    const tls = readServerTls(settings, "admin.http");
    try {
      const admin = await startAdminServer({
        listen: parseHostPort(settings.string("admin.http.host-port"), "the flag --admin.http.host-port"),
        health,
        readiness,
        build,
        ...(hasMetrics ? { metrics: { registry, route: settings.string("metrics-http-route") } } : {}),
        variables: () => ({
          cmdline: [definition.program],
          memstats: process.memoryUsage(),
          ...assignedSettings(settings),
        }),
        ...(tls === undefined ? {} : { tls }),
      });
      const certificates = watchServerTls(settings, "admin.http", logger, (changed) => admin.updateTls(changed));
      lifecycle.addListener("admin server", async () => {
        certificates.close();
        await admin.close();
      });
      logger.info({ version: build.gitVersion, address: admin.address }, "Admin server started");
      return admin.address;
    } catch (error) {
      printAsV1(definition, host, errorText(error));
      throw error;
    }
  }
}

function warnOfUnknownKeys(settings: Settings, logger: Logger): void {
  for (const key of settings.unknownConfigKeys()) {
    const near = nearestName(key, settings.flags.keys());
    logger.warn({ key, ...(near === undefined ? {} : { didYouMean: near }) }, "Unknown key in the config file");
  }
}

function logEncoding(settings: Settings, host: DaemonProcess): "json" | "console" {
  const encoding = settings.string("log-encoding");
  if (encoding !== "json" && encoding !== "console") {
    throw new DaemonError("INVALID_VALUE", `cannot create logger: no encoder registered for name "${encoding}"`);
  }
  return settings.sourceOf("log-encoding") === "default" && host.stderrIsTty === true ? "console" : encoding;
}
