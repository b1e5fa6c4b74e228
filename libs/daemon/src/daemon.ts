import type { Registry } from "prom-client";
import { startAdminServer } from "./admin-server.ts";
import { buildInfo } from "./build-info.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { type Command, commandNamed, runCommand } from "./commands.ts";
import { commonFlags } from "./common-flags.ts";
import { type ConfigValues, readConfigFile } from "./config-file.ts";
import type { EnvironmentVariable } from "./environment-help.ts";
import { DaemonError } from "./errors.ts";
import type { FlagDefinition, FlagGroup } from "./flag-definition.ts";
import { Health } from "./health.ts";
import { helpPage } from "./help.ts";
import { type HostPort, parseHostPort } from "./host-port.ts";
import { Lifecycle } from "./lifecycle.ts";
import { createLogger, type Logger } from "./logger.ts";
import { createRegistry, metricsEnabled } from "./metrics.ts";
import { nearestName } from "./nearest-name.ts";
import { assignedSettings } from "./print-config.ts";
import { Settings } from "./settings.ts";
import { waitForSignal } from "./signals.ts";
import { readServerTls } from "./tls.ts";
import { watchServerTls } from "./tls-reload.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What makes one daemon differ from another. */
export interface DaemonDefinition {
  /** v1's program name, such as `jaeger-collector`. */
  readonly program: string;
  readonly summary: string;
  /** Prefix of `build_info`, such as `jaeger_collector`. */
  readonly metricsNamespace: string;
  readonly adminPort: number;
  readonly commands: readonly Command[];
  readonly environmentVariables: readonly EnvironmentVariable[];
  /** The flags besides the common ones; they may depend on the environment (the storage type). Throws {@link DaemonError}. */
  readonly flags: (environment: Environment, args: readonly string[]) => readonly FlagGroup[];
  /** Lines at the end of `--help`. */
  readonly notes: readonly string[];
  /** Starts the parts in order, adding each to the lifecycle. The daemon is healthy once this resolves. */
  readonly start: (context: DaemonContext) => Promise<void>;
  /** v1's all-in-one reports a failed start on standard error only, the others on both. */
  readonly errorsOnStderrOnly?: boolean;
}

export interface DaemonContext {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly lifecycle: Lifecycle;
  /** Where the admin server listens. */
  readonly adminAddress: HostPort;
  /** Prints a line for the operator on standard output. */
  readonly print: (line: string) => void;
  /** Ends the daemon, as a fatal failure of one of its parts after the start has to. */
  readonly fail: (error: unknown) => void;
}

/** The process around a daemon; tests give their own. */
export interface DaemonProcess {
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly columns?: number;
  readonly stderrIsTty?: boolean;
  /** Resolves when the daemon is asked to stop. */
  readonly stopRequested?: Promise<unknown>;
}

const STOP_DEADLINE_MS = 30_000;

/** Runs a daemon or one of its sub-commands; resolves with the exit code. */
export async function runDaemon(definition: DaemonDefinition, host: DaemonProcess): Promise<number> {
  try {
    return await run(definition, host);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    reportError(definition, host, error);
    return 1;
  }
}

async function run(definition: DaemonDefinition, host: DaemonProcess): Promise<number> {
  const command = commandNamed(host.args[0], definition.commands);
  if (command !== undefined) {
    return runCommand(command, {
      definition,
      host,
      groups: () => flagGroups(definition, host),
      settings: () => resolveSettings(byName(flagGroups(definition, host)), host, undefined),
    });
  }
  const [first] = host.args;
  if (first !== undefined && first !== "" && !first.startsWith("-")) throw unknownCommand(first, definition);
  const groups = flagGroups(definition, host);
  const flags = byName(groups);
  const commandLine = parseCommandLine(host.args, flags);
  if (commandLine.help) {
    const { program, summary, commands, notes } = definition;
    host.stdout(helpPage({ program, summary, commands, groups, notes }, Math.min(host.columns ?? 100, 120)));
    return 0;
  }
  const [word] = commandLine.words;
  if (word !== undefined) throw unknownCommand(word, definition);
  const settings = resolveSettings(flags, host, commandLine);
  settings.validate();
  return serve(definition, host, settings);
}

function flagGroups(definition: DaemonDefinition, host: DaemonProcess): readonly FlagGroup[] {
  return [...definition.flags(host.environment, host.args), ...commonFlags(definition.adminPort)];
}

function byName(groups: readonly FlagGroup[]): ReadonlyMap<string, FlagDefinition> {
  return new Map(groups.flatMap(({ flags }) => flags.map((flag) => [flag.name, flag] as const)));
}

async function serve(definition: DaemonDefinition, host: DaemonProcess, settings: Settings): Promise<number> {
  const build = buildInfo();
  const logger = createLogger({ level: settings.string("log-level"), encoding: logEncoding(settings, host) });
  const hasMetrics = metricsEnabled(settings.string("metrics-backend"));
  warnOfUnknownKeys(settings, logger);
  const registry = createRegistry(definition.metricsNamespace, build);
  const health = new Health();
  const lifecycle = new Lifecycle(logger);
  const tls = readServerTls(settings, "admin.http");
  const admin = await startAdminServer({
    listen: parseHostPort(settings.string("admin.http.host-port"), "admin.http.host-port"),
    health,
    build,
    ...(hasMetrics ? { metrics: { registry, route: settings.string("metrics-http-route") } } : {}),
    variables: () => ({
      cmdline: [definition.program],
      memstats: process.memoryUsage(),
      ...assignedSettings(settings),
    }),
    ...(tls === undefined ? {} : { tls }),
  });
  lifecycle.add("admin server", () => admin.close());
  const certificates = watchServerTls(settings, "admin.http", logger, (changed) => admin.updateTls(changed));
  lifecycle.add("admin certificates", () => certificates.close());
  logger.info({ version: build.gitVersion, address: admin.address }, "Admin server started");

  let failed: (error: unknown) => void = () => undefined;
  const failure = new Promise<{ error: unknown }>((resolve) => {
    failed = (error) => resolve({ error });
  });
  const signals = waitForSignal(host.stopRequested);
  try {
    await definition.start({
      settings,
      environment: host.environment,
      logger,
      registry,
      lifecycle,
      adminAddress: admin.address,
      print: (line) => host.stdout(`${line}\n`),
      fail: failed,
    });
    health.setAvailable();
    logger.info({ status: "ready" }, "Health Check state change");
    const ended = await Promise.race([failure, signals.received]);
    health.setUnavailable();
    if ("error" in ended) logger.fatal({ err: ended.error }, "Shutting down after a failure");
    else logger.info({ signal: ended.signal }, "Shutting down");
    const clean = await lifecycle.stop(STOP_DEADLINE_MS);
    if (clean) logger.info("Shutdown complete");
    return "error" in ended ? 1 : 0;
  } catch (error) {
    health.setUnavailable();
    logger.fatal({ err: error }, `Failed to start ${definition.program}`);
    await lifecycle.stop(STOP_DEADLINE_MS);
    return 1;
  } finally {
    signals.dispose();
  }
}

function resolveSettings(
  flags: ReadonlyMap<string, FlagDefinition>,
  host: DaemonProcess,
  commandLine: CommandLine | undefined,
): Settings {
  const given = commandLine?.given ?? new Map<string, readonly string[]>();
  const base = new Settings(flags, { commandLine: given, environment: host.environment, configFile: new Map() });
  const path = base.string("config-file");
  const configFile: ConfigValues = path === "" ? new Map() : readConfigFile(path);
  return new Settings(flags, { commandLine: given, environment: host.environment, configFile });
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

function unknownCommand(word: string, definition: DaemonDefinition): DaemonError {
  const near = nearestName(
    word,
    definition.commands.map(({ name }) => name),
  );
  return new DaemonError("UNKNOWN_COMMAND", `unknown command "${word}" for "${definition.program}"`, {
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
  });
}

function reportError(definition: DaemonDefinition, host: DaemonProcess, error: DaemonError): void {
  host.stderr(`Error: ${error.message}\n${error.hint === undefined ? "" : `${error.hint}\n`}`);
  host.stderr(`Run '${definition.program} --help' for usage.\n`);
  // v1 prints what is wrong with the command line on standard output as well.
  if (!definition.errorsOnStderrOnly && error.code !== "INVALID_SETTINGS") host.stdout(`${error.message}\n`);
}
