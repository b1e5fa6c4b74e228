import { commandNamed } from "./command.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { runCommand } from "./commands.ts";
import { commonFlags } from "./common-flags.ts";
import { type ConfigValues, readConfigFile } from "./config-file.ts";
import type { DaemonDefinition, DaemonProcess } from "./daemon-definition.ts";
import { DaemonError } from "./errors.ts";
import type { FlagDefinition, FlagGroup } from "./flag-definition.ts";
import { helpPage } from "./help.ts";
import { nearestName } from "./nearest-name.ts";
import { reportError } from "./report-error.ts";
import { serve } from "./serve.ts";
import { Settings } from "./settings.ts";

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
  const settings = await resolveSettings(flags, host, commandLine);
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

async function resolveSettings(
  flags: ReadonlyMap<string, FlagDefinition>,
  host: DaemonProcess,
  commandLine: CommandLine | undefined,
): Promise<Settings> {
  const given = commandLine?.given ?? new Map<string, readonly string[]>();
  const base = new Settings(flags, { commandLine: given, environment: host.environment, configFile: new Map() });
  const path = base.string("config-file");
  const configFile: ConfigValues = path === "" ? new Map() : await readConfigFile(path);
  return new Settings(flags, { commandLine: given, environment: host.environment, configFile });
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
