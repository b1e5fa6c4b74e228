import type { Registry } from "prom-client";
import { startAdminServer } from "./admin-server.ts";
import { buildInfo } from "./build-info.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { type Command, commandNamed, runCommand } from "./commands.ts";
import { commonFlags } from "./common-flags.ts";
import { type ConfigValues, readConfigFile } from "./config-file.ts";
import type { EnvironmentVariable } from "./environment-help.ts";
import { DaemonError, type DaemonErrorCode } from "./errors.ts";
import type { FlagDefinition, FlagGroup } from "./flag-definition.ts";
import { Health } from "./health.ts";
import { helpPage } from "./help.ts";
import { type HostPort, parseHostPort } from "./host-port.ts";
import { Lifecycle } from "./lifecycle.ts";
import { createLogger, errorText, type Logger } from "./logger.ts";
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
  /**
   * The flags besides the common ones; they may depend on the environment (the storage type). When that asks for what is not there,
   * the flags of all that could be chosen, so that help can always be given.
   */
  readonly flags: (environment: Environment, args: readonly string[]) => readonly FlagGroup[];
  /** Throws `INVALID_SETTINGS` when the environment asks for what is not there; a daemon then does not start. */
  readonly check?: (environment: Environment, args: readonly string[]) => void;
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
  /** Prints a line for the operator on standard output, once the daemon is ready. */
  readonly announce: (line: string) => void;
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
  readonly stdoutIsTty?: boolean;
  readonly stderrIsTty?: boolean;
  /** Takes the log's lines; standard error unless given. */
  readonly log?: (line: string) => void;
  /** How an operator starts this program again, for help; v1's program name unless given. */
  readonly invocation?: string;
  /** Resolves when the daemon is asked to stop. */
  readonly stopRequested?: Promise<unknown>;
}

/** Well below the half minute that supervisors give before they kill. */
const STOP_DEADLINE_MS = 10_000;

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
      unavailable: unavailable(definition, host),
    });
  }
  const [first] = host.args;
  if (first !== undefined && first !== "" && !first.startsWith("-")) throw unknownCommand(first, definition);
  const groups = flagGroups(definition, host);
  const flags = byName(groups);
  const missing = unavailable(definition, host);
  // Before anything is said of flags: most of them may belong to what is missing.
  if (missing !== undefined && !host.args.some((arg) => arg === "--help" || arg === "-h")) throw missing;
  const commandLine = parseCommandLine(host.args, flags);
  if (commandLine.help) {
    const { summary, commands } = definition;
    const program = host.invocation ?? definition.program;
    const notes = [...definition.notes, ...(missing === undefined ? [] : ["", `Note: ${missing.message}`])];
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

/** Why the daemon could not start in this environment, before anything else is known; `undefined` when it could. */
function unavailable(definition: DaemonDefinition, host: DaemonProcess): DaemonError | undefined {
  try {
    definition.check?.(host.environment, host.args);
    return undefined;
  } catch (error) {
    if (error instanceof DaemonError) return error;
    throw error;
  }
}

function byName(groups: readonly FlagGroup[]): ReadonlyMap<string, FlagDefinition> {
  return new Map(groups.flatMap(({ flags }) => flags.map((flag) => [flag.name, flag] as const)));
}

async function serve(definition: DaemonDefinition, host: DaemonProcess, settings: Settings): Promise<number> {
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

/** Mistakes on the command line, for which help is the help. */
const USAGE_CODES: ReadonlySet<DaemonErrorCode> = new Set([
  "UNKNOWN_FLAG",
  "UNKNOWN_COMMAND",
  "INVALID_VALUE",
  "MISSING_VALUE",
]);

function reportError(definition: DaemonDefinition, host: DaemonProcess, error: DaemonError): void {
  host.stderr(`Error: ${error.message}\n${error.hint === undefined ? "" : `${error.hint}\n`}`);
  if (USAGE_CODES.has(error.code)) host.stderr(`Run '${host.invocation ?? definition.program} --help' for usage.\n`);
  if (error.code !== "INVALID_SETTINGS") printAsV1(definition, host, error.message);
}

/** v1 prints most of what keeps a daemon from starting on standard output as well; on a terminal that would be twice. */
function printAsV1(definition: DaemonDefinition, host: DaemonProcess, message: string): void {
  const isSeen = host.stdoutIsTty === true && host.stderrIsTty === true;
  if (!definition.errorsOnStderrOnly && !isSeen) host.stdout(`${message}\n`);
}

/** One line for the log: what is wrong, and what to do. */
function withHint(error: unknown): string {
  const hint = error instanceof DaemonError ? error.hint : undefined;
  return hint === undefined ? errorText(error) : `${errorText(error)}. ${hint}`;
}
