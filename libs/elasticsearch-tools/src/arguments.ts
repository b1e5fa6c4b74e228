import { DaemonError, type FlagDefinition, Settings } from "@spoor/daemon";

export interface ToolArguments {
  readonly settings: Settings;
  readonly words: readonly string[];
  readonly help: boolean;
}

/**
 * Reads a command line as v1's tools do (Go's cobra): flags and words in any order, `--` ends the flags; the environment stands behind
 * the flags. Errors have v1's words.
 */
export function readArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  definitions: readonly FlagDefinition[],
): ToolArguments {
  const flags = new Map(definitions.map((flag) => [flag.name, flag]));
  const given = new Map<string, readonly string[]>();
  const words: string[] = [];
  let help = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (arg === "-h" || arg === "--help") help = true;
    else if (!arg.startsWith("-") || arg === "-") words.push(arg);
    else if (!arg.startsWith("--")) {
      throw new DaemonError("UNKNOWN_FLAG", `unknown shorthand flag: '${arg.charAt(1)}' in ${arg}`);
    } else {
      const equals = arg.indexOf("=");
      const name = arg.slice(2, equals < 0 ? undefined : equals);
      const flag = flags.get(name);
      if (flag === undefined) throw new DaemonError("UNKNOWN_FLAG", `unknown flag: --${name}`);
      let value = equals < 0 ? undefined : arg.slice(equals + 1);
      if (value === undefined) value = flag.type === "bool" ? "true" : args[++i];
      if (value === undefined) throw new DaemonError("INVALID_VALUE", `flag needs an argument: --${name}`);
      given.set(name, [value]);
    }
  }
  const settings = new Settings(flags, { commandLine: given, environment, configFile: new Map() });
  settings.validate();
  return { settings, words, help };
}
