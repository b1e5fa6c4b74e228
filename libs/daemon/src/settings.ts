import type { ConfigValues } from "./config-file.ts";
import { DaemonError } from "./errors.ts";
import { environmentName, type FlagDefinition } from "./flag-definition.ts";
import { type FlagValue, formatFlagValue, parseFlagValue, valueHint } from "./flag-value.ts";
import { parseHostPort } from "./host-port.ts";

export type SettingSource = "flag" | "environment" | "config file" | "default";

/** Where values come from, strongest first. */
export interface SettingSources {
  readonly commandLine: ReadonlyMap<string, readonly string[]>;
  /** An empty variable counts as unset. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly configFile: ConfigValues;
}

/** The settings of a daemon, by flag name. A name that was not declared, or another type than declared, is a mistake of the program. */
export class Settings {
  readonly flags: ReadonlyMap<string, FlagDefinition>;
  readonly #sources: SettingSources;

  constructor(flags: ReadonlyMap<string, FlagDefinition>, sources: SettingSources) {
    this.flags = flags;
    this.#sources = sources;
  }

  string(name: string): string {
    return this.#read(name, "string") as string;
  }

  bool(name: string): boolean {
    return this.#read(name, "bool") as boolean;
  }

  int(name: string): number {
    return this.#read(name, "int", "uint") as number;
  }

  float(name: string): number {
    return this.#read(name, "float") as number;
  }

  durationMs(name: string): number {
    return this.#read(name, "duration") as number;
  }

  strings(name: string): readonly string[] {
    return this.#read(name, "strings") as readonly string[];
  }

  /** A comma list, each part trimmed, empty parts left out. */
  list(name: string): readonly string[] {
    return splitList(this.string(name));
  }

  sourceOf(name: string): SettingSource {
    return this.#find(this.#flag(name)).source;
  }

  /** The value as text, the way the operator wrote it. */
  text(name: string): string {
    const flag = this.#flag(name);
    const { texts } = this.#find(flag);
    if (texts === undefined) return formatFlagValue(flag, flag.default);
    return flag.type === "strings" ? formatFlagValue(flag, texts) : (texts.at(-1) ?? "");
  }

  /** Keys of the config file that are no flag. */
  unknownConfigKeys(): readonly string[] {
    const known = new Set([...this.flags.keys()].map((name) => name.toLowerCase()));
    return [...this.#sources.configFile.keys()].filter((key) => !known.has(key));
  }

  /** Throws the first of {@link problems}. */
  validate(): void {
    const [problem] = this.problems();
    if (problem !== undefined) throw problem;
  }

  /** `INVALID_VALUE` for each setting whose text cannot be read (addresses among them), naming where it was set. */
  problems(): readonly DaemonError[] {
    const problems: DaemonError[] = [];
    for (const flag of this.flags.values()) {
      try {
        const value = this.#value(flag);
        if (flag.type !== "string" || flag.listens === undefined) continue;
        if (value !== "" || flag.listens === "always") parseHostPort(value as string, this.#origin(flag));
      } catch (error) {
        if (!(error instanceof DaemonError)) throw error;
        problems.push(error);
      }
    }
    return problems;
  }

  #flag(name: string): FlagDefinition {
    const flag = this.flags.get(name);
    if (flag === undefined) throw new TypeError(`flag --${name} is not declared`);
    return flag;
  }

  #read(name: string, ...types: readonly string[]): FlagValue {
    const flag = this.#flag(name);
    if (!types.includes(flag.type)) throw new TypeError(`flag --${name} has the type ${flag.type}`);
    return this.#value(flag);
  }

  #value(flag: FlagDefinition): FlagValue {
    const { texts } = this.#find(flag);
    if (texts === undefined) return flag.default;
    const value = parseFlagValue(flag, texts);
    if (value === undefined) {
      const text = texts.at(-1) ?? "";
      throw new DaemonError(
        "INVALID_VALUE",
        `invalid value "${text}" in ${this.#origin(flag)}: expected ${flag.type}`,
        {
          hint: valueHint(flag, text),
        },
      );
    }
    return value;
  }

  /** Where the value was set, for people. */
  #origin(flag: FlagDefinition): string {
    switch (this.#find(flag).source) {
      case "environment":
        return `the environment variable ${environmentName(flag.name)}`;
      case "config file":
        return `the key ${flag.name} of the config file`;
      default:
        return `the flag --${flag.name}`;
    }
  }

  #find(flag: FlagDefinition): { readonly texts: readonly string[] | undefined; readonly source: SettingSource } {
    const given = this.#sources.commandLine.get(flag.name);
    if (given !== undefined) return { texts: given, source: "flag" };
    const variable = this.#sources.environment[environmentName(flag.name)];
    if (variable !== undefined && variable !== "") {
      return { texts: flag.type === "strings" ? splitList(variable) : [variable], source: "environment" };
    }
    const configured = this.#sources.configFile.get(flag.name.toLowerCase());
    if (configured !== undefined) {
      return { texts: flag.type === "strings" ? configured : [configured.join(",")], source: "config file" };
    }
    return { texts: undefined, source: "default" };
  }
}

function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
