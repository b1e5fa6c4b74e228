import type { Command, CommandName } from "./command.ts";
import type { FlagDefinition } from "./flag-definition.ts";
import { formatFlagValue } from "./flag-value.ts";

const COMMAND_TEXT: Readonly<Partial<Record<CommandName, string>>> = {
  status: "Print Jaeger component status information, exit non-zero on any error.",
};

/** v1's (cobra's) layout of a sub-command's help. */
export function commandHelp(program: string, { name, summary }: Command, flags: readonly FlagDefinition[]): string {
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
