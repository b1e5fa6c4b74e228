import { setMaxListeners } from "node:events";
import { startAdminServer } from "./admin-server.ts";
import { type BuildInfo, buildInfo } from "./build-info.ts";
import type { DaemonDefinition, DaemonProcess } from "./daemon-definition.ts";
import { errorText } from "./error-text.ts";
import { DaemonError } from "./errors.ts";
import { Health } from "./health.ts";
import { type HostPort, parseHostPort } from "./host-port.ts";
import { Lifecycle } from "./lifecycle.ts";
import { logLevelOf } from "./log-level.ts";
import { createLogger, type Logger } from "./logger.ts";
import { createRegistry, metricsEnabled } from "./metrics.ts";
import { nearestName } from "./nearest-name.ts";
import { assignedSettings } from "./print-config.ts";
import type { PprofOptions } from "./profiling/pprof-routes.ts";
import { Profiler } from "./profiling/profiler.ts";
import { Readiness } from "./readiness.ts";
import { printAsV1, withHint } from "./report-error.ts";
import type { Settings } from "./settings.ts";
import { waitForSignal } from "./signals.ts";
import { readServerTls } from "./tls.ts";
import { watchServerTls } from "./tls-reload.ts";

/** Well below the half minute that supervisors give before they kill. */
export const STOP_DEADLINE_MS = 10_000;

export interface StopTimes {
  /** For the whole stop. */
  readonly deadlineMs: number;
  /** What of that a start gets that is not over when the daemon is asked to stop. */
  readonly startGraceMs: number;
}

const STOP_TIMES: StopTimes = { deadlineMs: STOP_DEADLINE_MS, startGraceMs: STOP_DEADLINE_MS / 2 };

/** What a process has of its daemon, whether it is the only one, a worker or the main process of workers. */
export class RunningDaemon {
  readonly definition: DaemonDefinition;
  readonly host: DaemonProcess;
  readonly settings: Settings;
  readonly build: BuildInfo = buildInfo();
  readonly logger: Logger;
  readonly registry;
  readonly health = new Health();
  readonly readiness = new Readiness();
  readonly lifecycle: Lifecycle;
  readonly profiler = new Profiler();
  readonly #hasMetrics: boolean;
  readonly #stopping = new AbortController();

  constructor(
    definition: DaemonDefinition,
    host: DaemonProcess,
    settings: Settings,
    logFields: Readonly<Record<string, unknown>> = {},
  ) {
    this.definition = definition;
    this.host = host;
    this.settings = settings;
    this.logger = createLogger({
      level: settings.string("log-level"),
      encoding: logEncoding(settings, host),
      fields: logFields,
      ...(host.log === undefined ? {} : { destination: { write: host.log } }),
    });
    this.#hasMetrics = metricsEnabled(settings.string("metrics-backend"));
    this.registry = createRegistry(definition.metricsNamespace, this.build);
    this.lifecycle = new Lifecycle(this.logger);
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Fires when the daemon is asked to stop. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  warnOfUnknownKeys(): void {
    for (const key of this.settings.unknownConfigKeys()) {
      const near = nearestName(key, this.settings.flags.keys());
      this.logger.warn({ key, ...(near === undefined ? {} : { didYouMean: near }) }, "Unknown key in the config file");
    }
  }

  /** Starts, waits to be asked to stop or for a failure, and stops; resolves with the exit code. */
  async run(
    start: (fail: (error: unknown) => void) => Promise<readonly string[]>,
    stopRequested: Promise<unknown> | undefined,
    { deadlineMs, startGraceMs }: StopTimes = STOP_TIMES,
  ): Promise<number> {
    const { logger, health, lifecycle } = this;
    let failed: (error: unknown) => void = () => undefined;
    const failure = new Promise<{ error: unknown }>((resolve) => {
      failed = (error) => resolve({ error });
    });
    const signals = waitForSignal(stopRequested);
    void signals.received.then(() => this.#stopping.abort(new Error("the daemon was asked to stop")));
    try {
      const announced = await this.#unlessAskedToStop(start(failed), startGraceMs);
      health.setAvailable();
      logger.info({ status: "ready" }, "Health Check state change");
      for (const line of announced) this.host.stdout(`${line}\n`);
      const ended = await Promise.race([failure, signals.received]);
      health.setUnavailable();
      if ("error" in ended) logger.fatal({ err: ended.error }, "Shutting down after a failure");
      else logger.info({ signal: ended.signal }, "Shutting down");
      const clean = await lifecycle.stop(deadlineMs);
      if (clean) logger.info("Shutdown complete");
      return "error" in ended ? 1 : 0;
    } catch (error) {
      health.setUnavailable();
      const isAsked = this.stopping.aborted && error === this.stopping.reason;
      if (isAsked) logger.info("Shutting down before the start was over");
      else logger.fatal(withHint(error));
      await lifecycle.stop(isAsked ? deadlineMs - startGraceMs : deadlineMs);
      return isAsked ? 0 : 1;
    } finally {
      signals.dispose();
    }
  }

  /**
   * Waits for a start; once the daemon is asked to stop, for no more than `graceMs`, and then rejects with why it stops. What the start
   * waits for, such as a store's address that does not answer, need not know of the stop.
   */
  async #unlessAskedToStop<T>(start: Promise<T>, graceMs: number): Promise<T> {
    const { stopping } = this;
    let timer: NodeJS.Timeout | undefined;
    let begin: () => void = () => undefined;
    const overdue = new Promise<never>((_, reject) => {
      begin = () => {
        timer = setTimeout(() => reject(stopping.reason), graceMs);
      };
    });
    stopping.addEventListener("abort", begin);
    try {
      return await Promise.race([start, overdue]);
    } finally {
      stopping.removeEventListener("abort", begin);
      clearTimeout(timer);
    }
  }

  /** Starts the admin server; it stops with the daemon. */
  async startAdmin(around: {
    readonly metricsPage: () => Promise<string>;
    readonly profile: PprofOptions["profile"];
    readonly logLevelChanged?: (pinoLevel: string) => void;
  }): Promise<HostPort> {
    const { definition, host, settings, logger, lifecycle } = this;
    const tls = readServerTls(settings, "admin.http");
    try {
      const admin = await startAdminServer({
        listen: parseHostPort(settings.string("admin.http.host-port"), "the flag --admin.http.host-port"),
        health: this.health,
        readiness: this.readiness,
        build: this.build,
        ...(this.#hasMetrics
          ? { metrics: { page: around.metricsPage, route: settings.string("metrics-http-route") } }
          : {}),
        variables: () => ({
          cmdline: [definition.program],
          memstats: process.memoryUsage(),
          ...assignedSettings(settings),
        }),
        logLevel: logLevelOf(logger, around.logLevelChanged),
        pprof: {
          program: definition.program,
          profile: around.profile,
          heapSnapshots: settings.bool("admin.http.heap-snapshots"),
        },
        ...(tls === undefined ? {} : { tls }),
      });
      const watchers = { logger, registry: this.registry };
      const certificates = watchServerTls(settings, "admin.http", watchers, (changed) => admin.updateTls(changed));
      lifecycle.addListener("admin server", async () => {
        certificates.close();
        await admin.close();
      });
      logger.info({ version: this.build.gitVersion, address: admin.address }, "Admin server started");
      return admin.address;
    } catch (error) {
      printAsV1(definition, host, errorText(error));
      throw error;
    }
  }
}

function logEncoding(settings: Settings, host: DaemonProcess): "json" | "console" {
  const encoding = settings.string("log-encoding");
  if (encoding !== "json" && encoding !== "console") {
    throw new DaemonError("INVALID_VALUE", `cannot create logger: no encoder registered for name "${encoding}"`);
  }
  return settings.sourceOf("log-encoding") === "default" && host.stderrIsTty === true ? "console" : encoding;
}
