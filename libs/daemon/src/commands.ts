import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildInfo } from "./build-info.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import type { DaemonDefinition, DaemonProcess } from "./daemon.ts";
import { DOCUMENTATION_FORMATS, documentation } from "./documentation.ts";
import { environmentPage } from "./environment-help.ts";
import { DaemonError } from "./errors.ts";
import type { FlagDefinition, FlagGroup } from "./flag-definition.ts";
import { formatFlagValue } from "./flag-value.ts";
import { configTable } from "./print-config.ts";
import { Settings } from "./settings.ts";
import { fetchStatus } from "./status-command.ts";

export type CommandName = "version" | "env" | "docs" | "status" | "print-config";

export interface Command {
  readonly name: CommandName;
  readonly summary: string;
}

const SUMMARY: Readonly<Record<CommandName, string>> = {
  docs: "Generates documentation",
  env: "Help about environment variables.",
  "print-config": "Print names and values of configuration options",
  status: "Print the status.",
  version: "Print the version.",
};

/** All sub-commands, or those left after `without`. */
export function daemonCommands(...without: readonly CommandName[]): readonly Command[] {
  const names = Object.keys(SUMMARY) as CommandName[];
  return names.filter((name) => !without.includes(name)).map((name) => ({ name, summary: SUMMARY[name] }));
}

export function commandNamed(word: string | undefined, commands: readonly Command[]): Command | undefined {
  return commands.find(({ name }) => name === word);
}

interface CommandContext {
  readonly definition: DaemonDefinition;
  readonly host: DaemonProcess;
  readonly groups: () => readonly FlagGroup[];
  readonly settings: () => Settings;
  /** Why the daemon could not start in this environment. */
  readonly unavailable: DaemonError | undefined;
}

/** Runs a sub-command; its flags follow its name. Resolves with the exit code. */
export async function runCommand(command: Command, context: CommandContext): Promise<number> {
  const { definition, host } = context;
  const adminHostPort = `:${definition.adminPort}`;
  const flags = flagsOf(command.name, definition.adminPort);
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
      host.stdout(configTable(context.settings(), adminHostPort, options.bool("all")));
      return 0;
    case "status":
      host.stdout(`${await fetchStatus(statusAddress(options))}\n`);
      return 0;
    case "docs":
      writeDocumentation(context, options.string("format"), options.string("dir"));
      return 0;
  }
}

/** Where the daemon to ask listens: the flag of `status` itself, else what moves the daemon's admin server. A flag wins over the environment. */
function statusAddress(options: Settings): string {
  const [own, admin] = [options.sourceOf("status.http.host-port"), options.sourceOf("admin.http.host-port")];
  const followsAdmin = admin === "flag" ? own !== "flag" : admin !== "default" && own === "default";
  return options.string(followsAdmin ? "admin.http.host-port" : "status.http.host-port");
}

function writeDocumentation({ definition, groups }: CommandContext, format: string, directory: string): void {
  const known = DOCUMENTATION_FORMATS.find((name) => name === format);
  if (known === undefined) {
    throw new DaemonError("INVALID_VALUE", `undefined value of documentation format: ${format}`);
  }
  const { fileName, content } = documentation(definition.program, definition.summary, groups(), known);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, fileName), content);
}

function flagsOf(name: CommandName, adminPort: number): readonly FlagDefinition[] {
  switch (name) {
    case "docs":
      return [
        {
          name: "dir",
          type: "string",
          default: "./",
          description: "The directory where generate the documentation",
        },
        {
          name: "format",
          type: "string",
          default: "md",
          description: `Supported formats: ${DOCUMENTATION_FORMATS.join(", ")}`,
        },
      ];
    case "status":
      return [
        {
          name: "status.http.host-port",
          type: "string",
          default: `:${adminPort}`,
          description: `The host:port (e.g. 127.0.0.1:${adminPort} or :${adminPort}) for the health check`,
        },
        {
          name: "admin.http.host-port",
          type: "string",
          default: "",
          description: "As the daemon has it",
          hidden: true,
        },
      ];
    case "print-config":
      return [
        {
          name: "all",
          type: "bool",
          default: false,
          description: "Print all configuration options including those with empty values",
        },
      ];
    default:
      return [];
  }
}

const COMMAND_TEXT: Readonly<Partial<Record<CommandName, string>>> = {
  status: "Print Jaeger component status information, exit non-zero on any error.",
};

/** v1's (cobra's) layout of a sub-command's help. */
function commandHelp(program: string, { name, summary }: Command, flags: readonly FlagDefinition[]): string {
  const rows: [string, string][] = flags
    .filter(({ hidden }) => hidden !== true)
    .map((flag) => [
      `${name === "print-config" ? "  -a, " : "      "}--${flag.name}${flag.type === "bool" ? "" : ` ${flag.type}`}`,
      `${flag.description}${flag.type === "bool" ? "" : ` (default "${formatFlagValue(flag, flag.default)}")`}`,
    ]);
  rows.push(["  -h, --help", `help for ${name}`]);
  rows.sort(([a], [b]) => (a.slice(6) < b.slice(6) ? -1 : 1));
  const width = Math.max(...rows.map(([left]) => left.length)) + 3;
  const body = rows.map(([left, right]) => `${left.padEnd(width)}${right}`).join("\n");
  return `${COMMAND_TEXT[name] ?? summary}\n\nUsage:\n  ${program} ${name} [flags]\n\nFlags:\n${body}\n`;
}
