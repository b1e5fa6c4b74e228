import { DaemonError } from "./errors.ts";
import type { FlagDefinition } from "./flag-definition.ts";
import { valueHint, whyInvalid } from "./flag-value.ts";
import { nearestName } from "./nearest-name.ts";

export interface CommandLine {
  /** The texts given per flag, in order. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly help: boolean;
  /** Words that are no flags. */
  readonly words: readonly string[];
  /** What cannot be read, in order; {@link parseCommandLine} throws the first. */
  readonly errors: readonly DaemonError[];
}

/**
 * Reads arguments by the rules of v1 (spf13/pflag): `--name=value`, `--name value`, `--bool`, `--bool=false`, `--` ends the
 * flags, one dash starts one-letter flags of which there is only `-h`. Throws {@link DaemonError} with v1's text.
 */
export function parseCommandLine(args: readonly string[], flags: ReadonlyMap<string, FlagDefinition>): CommandLine {
  const commandLine = readCommandLine(args, flags);
  const [error] = commandLine.errors;
  if (error !== undefined) throw error;
  return commandLine;
}

/** As {@link parseCommandLine}, but goes on after what cannot be read. */
export function readCommandLine(args: readonly string[], flags: ReadonlyMap<string, FlagDefinition>): CommandLine {
  const given = new Map<string, string[]>();
  const words: string[] = [];
  const errors: DaemonError[] = [];
  let help = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (arg === "-h" || arg === "--help") {
      help = true;
    } else if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
      const flag = flags.get(name);
      if (flag === undefined) {
        errors.push(unknownFlag(name, flags));
        // What follows is most likely its value.
        if (equals < 0 && args[i + 1]?.startsWith("-") === false) i++;
        continue;
      }
      let text: string | undefined = equals < 0 ? undefined : arg.slice(equals + 1);
      if (text === undefined && flag.type === "bool") text = "true";
      text ??= args[++i];
      if (text === undefined) {
        errors.push(new DaemonError("MISSING_VALUE", `flag needs an argument: --${name}`));
        continue;
      }
      const reason = whyInvalid(flag, text);
      if (reason !== undefined) {
        const message = `invalid argument "${text}" for "--${name}" flag: ${reason}`;
        errors.push(new DaemonError("INVALID_VALUE", message, { hint: valueHint(flag, text) }));
        continue;
      }
      given.set(name, [...(given.get(name) ?? []), text]);
    } else if (arg.startsWith("-") && arg.length > 1) {
      const long = arg.slice(1).split("=")[0] as string;
      const hint = flags.has(long) ? { hint: `Did you mean --${arg.slice(1)}? Flags take two dashes.` } : {};
      errors.push(new DaemonError("UNKNOWN_FLAG", `unknown shorthand flag: '${arg[1]}' in ${arg}`, hint));
    } else {
      words.push(arg);
    }
  }
  return { given, help, words, errors };
}

function unknownFlag(name: string, flags: ReadonlyMap<string, FlagDefinition>): DaemonError {
  const near = nearestName(name, flags.keys());
  return new DaemonError("UNKNOWN_FLAG", `unknown flag: --${name}`, {
    ...(near === undefined ? {} : { hint: `Did you mean --${near}?` }),
  });
}
