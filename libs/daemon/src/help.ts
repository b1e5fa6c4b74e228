import { environmentName, type FlagDefinition, type FlagGroup, fullDescription } from "./flag-definition.ts";
import { formatFlagValue } from "./flag-value.ts";

export interface HelpText {
  /** How the program is started, such as `node dist/apps/collector/main.js`. */
  readonly program: string;
  readonly summary: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly groups: readonly FlagGroup[];
  /** Lines below the flags: where data goes, examples. */
  readonly notes: readonly string[];
  /** False for a tool whose flags have no environment variables. */
  readonly hasEnvironment?: boolean;
}

const ENVIRONMENT_NOTE = [
  "Every flag can be set by an environment variable too: upper case, '.' and '-' as '_'",
  `(--log-level is ${environmentName("log-level")}), or in --config-file.`,
  "A flag wins over the environment, the environment over the file.",
];

const TLS = /^(.*)\.tls\.([a-z-]+)$/;

/**
 * The page of `--help`: grouped, with defaults, wrapped to `width`. The many TLS flags of a listener are one line: their
 * meaning is the same everywhere.
 */
export function helpPage(text: HelpText, width: number): string {
  const lines = [text.summary, "", "Usage:", `  ${text.program} [flags]`];
  if (text.commands.length > 0) {
    lines.push(`  ${text.program} COMMAND`, "", "Commands:");
    const commandWidth = Math.max(...text.commands.map(({ name }) => name.length)) + 2;
    for (const { name, summary } of text.commands) lines.push(`  ${name.padEnd(commandWidth)}${summary}`);
  }
  for (const { title, flags } of text.groups) {
    lines.push("", `${title}:`);
    for (const flag of flags) {
      if (TLS.test(flag.name) || flag.hidden === true) continue;
      lines.push(`  --${flag.name}${valueHint(flag)}`);
      lines.push(...wrap(description(flag), width - 8).map((line) => `        ${line}`));
    }
    for (const [prefix, members] of tlsSets(flags)) lines.push(...wrapTls(prefix, members, width));
  }
  if (text.hasEnvironment !== false) lines.push("", ...ENVIRONMENT_NOTE);
  if (text.notes.length > 0) lines.push("", ...text.notes);
  return `${lines.join("\n")}\n`;
}

function valueHint(flag: FlagDefinition): string {
  if (flag.type === "bool") return flag.default ? "[=false]" : "";
  return flag.type === "strings" ? " string (may be repeated)" : ` ${flag.type}`;
}

function description(flag: FlagDefinition): string {
  const isEmpty = flag.default === "" || flag.default === false || flag.default === 0 || flag.type === "strings";
  const text = fullDescription(flag);
  return isEmpty ? text : `${text} (default ${formatFlagValue(flag, flag.default)})`;
}

function tlsSets(flags: readonly FlagDefinition[]): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, string[]>();
  for (const flag of flags) {
    const match = TLS.exec(flag.name);
    if (match === null || flag.hidden === true) continue;
    const prefix = match[1] as string;
    sets.set(prefix, [...(sets.get(prefix) ?? []), match[2] as string]);
  }
  return sets;
}

function wrapTls(prefix: string, members: readonly string[], width: number): readonly string[] {
  return [`  --${prefix}.tls.*`, ...wrap(`TLS: ${members.join(", ")}`, width - 8).map((line) => `        ${line}`)];
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
