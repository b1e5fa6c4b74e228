import { type CommandLine, readCommandLine } from "./command-line.ts";
import { readConfigFile } from "./config-file.ts";
import type { DaemonDefinition, Environment } from "./daemon-definition.ts";
import { DaemonError } from "./errors.ts";
import { environmentName, type FlagDefinition } from "./flag-definition.ts";
import { whyInvalid } from "./flag-value.ts";
import { nearestName } from "./nearest-name.ts";
import { type SettingSource, Settings } from "./settings.ts";

const HIDDEN = "********";

/** What is said of one setting, argument or variable. */
interface Finding {
  readonly verdict: "error" | "unknown" | "note" | "ok";
  readonly text: string;
}

export interface Validation {
  /** Lines for a person, worst first. */
  readonly report: string;
  /** Whether the daemon would start with these settings, as far as can be told without starting it. */
  readonly startable: boolean;
}

export interface ValidationInput {
  readonly definition: DaemonDefinition;
  readonly flags: ReadonlyMap<string, FlagDefinition>;
  readonly args: readonly string[];
  readonly environment: Environment;
  /** Why the daemon could not start in this environment. */
  readonly unavailable: DaemonError | undefined;
}

/** Checks everything at once, where a start would end at the first mistake. */
export async function validate(input: ValidationInput): Promise<Validation> {
  const { definition, flags, unavailable } = input;
  const commandLine = readCommandLine(input.args, flags);
  const errors = [...(unavailable === undefined ? [] : [unavailable]), ...commandLine.errors];
  for (const word of commandLine.words)
    errors.push(new DaemonError("UNKNOWN_COMMAND", `unexpected argument "${word}"`));
  const { settings, error } = await readSettings(input, commandLine);
  errors.push(...(error === undefined ? [] : [error]), ...settings.problems());
  const findings: Finding[] = [
    ...errors.map(({ message, hint }) => ({ verdict: "error" as const, text: hint ? `${message}. ${hint}` : message })),
    ...unknownFindings(input, settings),
    ...settingFindings(settings),
  ];
  const startable = errors.length === 0;
  const head = startable
    ? `${definition.program} starts with these settings${findings.length === 0 ? ": all defaults" : ""}.`
    : `${definition.program} does not start with these settings.`;
  const lines = findings.map(({ verdict, text }) => `${verdict.padEnd(9)}${text}`);
  return { report: `${[head, ...lines].join("\n")}\n`, startable };
}

async function readSettings(
  { flags, environment }: ValidationInput,
  commandLine: CommandLine,
): Promise<{ readonly settings: Settings; readonly error: DaemonError | undefined }> {
  const sources = { commandLine: commandLine.given, environment, configFile: new Map() };
  const base = new Settings(flags, sources);
  const path = base.string("config-file");
  if (path === "") return { settings: base, error: undefined };
  try {
    return { settings: new Settings(flags, { ...sources, configFile: await readConfigFile(path) }), error: undefined };
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    return { settings: base, error };
  }
}

/** Keys of the config file and variables of the environment that look like settings and are none. */
function* unknownFindings({ definition, flags, environment }: ValidationInput, settings: Settings): Generator<Finding> {
  for (const key of settings.unknownConfigKeys()) {
    yield { verdict: "unknown", text: `key ${key} of the config file${suggestion(nearestName(key, flags.keys()))}` };
  }
  const known = new Set([...flags.keys()].map(environmentName));
  for (const { name } of definition.environmentVariables) known.add(name);
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === "" || known.has(name) || !name.includes("_")) continue;
    const near = nearestName(name, known);
    // Variables of other programs are none of ours; one letter off is a mistake.
    if (near !== undefined && near.split("_")[0] === name.split("_")[0]) {
      yield { verdict: "unknown", text: `environment variable ${name}${suggestion(near)}` };
    }
  }
}

function suggestion(near: string | undefined): string {
  return near === undefined ? " is no setting of this daemon" : ` is no setting of this daemon; did you mean ${near}?`;
}

/** Everything that somebody set, those with something to know first. */
function settingFindings(settings: Settings): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, flag] of settings.flags) {
    const source = settings.sourceOf(name);
    if (source === "default" || whyInvalid(flag, settings.text(name)) !== undefined) continue;
    const value = flag.secret === true ? HIDDEN : settings.text(name);
    const text = `--${name}=${value} (${originOf(name, source)})`;
    findings.push(
      flag.note === undefined ? { verdict: "ok", text } : { verdict: "note", text: `${text}: ${flag.note}` },
    );
  }
  return findings.sort((a, b) => Number(a.verdict === "ok") - Number(b.verdict === "ok"));
}

function originOf(name: string, source: SettingSource): string {
  return source === "environment" ? environmentName(name) : source;
}
