import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildInfo } from "./build-info.ts";
import type { Command } from "./command.ts";
import { commandFlags } from "./command-flags.ts";
import { commandHelp } from "./command-help.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { completionScript } from "./completion.ts";
import type { DaemonDefinition, DaemonProcess } from "./daemon-definition.ts";
import { DOCUMENTATION_FORMATS, documentation } from "./documentation.ts";
import { environmentPage } from "./environment-help.ts";
import { DaemonError } from "./errors.ts";
import type { FlagGroup } from "./flag-definition.ts";
import { configTable } from "./print-config.ts";
import { Settings } from "./settings.ts";
import { runStatus } from "./status-command.ts";
import { validate } from "./validate.ts";

interface CommandContext {
  readonly definition: DaemonDefinition;
  readonly host: DaemonProcess;
  readonly groups: () => readonly FlagGroup[];
  readonly settings: () => Promise<Settings>;
  /** Why the daemon could not start in this environment. */
  readonly unavailable: DaemonError | undefined;
}

/** Runs a sub-command; its flags follow its name. Resolves with the exit code. */
export async function runCommand(command: Command, context: CommandContext): Promise<number> {
  const { definition, host } = context;
  if (command.name === "validate") return runValidate(context);
  if (command.name === "status") return runStatus(definition, host);
  const adminHostPort = `:${definition.adminPort}`;
  const flags = commandFlags(command.name);
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  const args = host.args.slice(1).map((arg) => (command.name === "print-config" && arg === "-a" ? "--all" : arg));
  const commandLine: CommandLine = parseCommandLine(args, known);
  if (commandLine.help) {
    host.stdout(commandHelp(definition.program, command, flags));
    return 0;
  }
  const options = new Settings(known, {
    commandLine: commandLine.given,
    environment: host.environment,
    configFile: new Map(),
  });
  switch (command.name) {
    case "version":
      host.stdout(JSON.stringify(buildInfo()));
      return 0;
    case "env":
      host.stdout(environmentPage(definition.environmentVariables));
      return 0;
    case "print-config":
      if (context.unavailable !== undefined) host.stderr(`Warning: ${context.unavailable.message}\n`);
      host.stdout(configTable(await context.settings(), adminHostPort, options.bool("all")));
      return 0;
    case "completion": {
      const flags = context.groups().flatMap((group) => group.flags);
      const { program, commands } = definition;
      host.stdout(completionScript(commandLine.words[0], { program, commands, flags }));
      return 0;
    }
    case "docs":
      writeDocumentation(context, options.string("format"), options.string("dir"));
      return 0;
  }
}

/** Its flags are the daemon's own. */
async function runValidate({ definition, host, groups, unavailable }: CommandContext): Promise<number> {
  const args = host.args.slice(1);
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    host.stdout(`${VALIDATE_HELP.replaceAll("PROGRAM", definition.program)}\n`);
    return 0;
  }
  const flags = new Map(groups().flatMap((group) => group.flags.map((flag) => [flag.name, flag] as const)));
  const { report, startable } = await validate({ definition, flags, args, environment: host.environment, unavailable });
  host.stdout(report);
  return startable ? 0 : 1;
}

const VALIDATE_HELP = `Checks what a daemon of Jaeger v1 was started with: give its flags after the word, in its environment.

Usage:
  PROGRAM validate [flags of PROGRAM]

Each setting is told as
  error    the daemon does not start with it
  unknown  it looks like a setting, and is none
  note     it has no effect here, or another one than in v1
  ok       it takes effect
and the exit code is 1 when the daemon would not start.`;

function writeDocumentation({ definition, groups }: CommandContext, format: string, directory: string): void {
  const known = DOCUMENTATION_FORMATS.find((name) => name === format);
  if (known === undefined) {
    throw new DaemonError("INVALID_VALUE", `undefined value of documentation format: ${format}`);
  }
  const { fileName, content } = documentation(definition.program, definition.summary, groups(), known);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, fileName), content);
}
