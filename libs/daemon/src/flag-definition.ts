interface FlagBase {
  /** v1's name: lower case, dots and dashes. */
  readonly name: string;
  readonly description: string;
  /** What an operator who brings this flag from v1 has to know: that it has no effect, or another one. `validate` tells it. */
  readonly note?: string;
  /** Accepted, but not shown in help. */
  readonly hidden?: boolean;
  /** Shown as `********` by `print-config` and `/debug/vars`. */
  readonly secret?: boolean;
}

/**
 * A flag, declared as data. The same name serves the command line (`--a.b-c`), the environment (`A_B_C`) and the config file
 * (`a: {b-c: …}`).
 */
export type FlagDefinition =
  | (FlagBase & {
      readonly type: "string";
      readonly default: string;
      /** The value is an address to listen on; empty, nothing listens, unless it `always` does. */
      readonly listens?: "always" | "unless-empty";
    })
  | (FlagBase & { readonly type: "bool"; readonly default: boolean })
  /** A whole number within the safe range; `uint` refuses a sign. */
  | (FlagBase & { readonly type: "int" | "uint"; readonly default: number })
  | (FlagBase & { readonly type: "float"; readonly default: number })
  /** Milliseconds; written as Go writes durations (`1m30s`). */
  | (FlagBase & { readonly type: "duration"; readonly default: number })
  /** May be given several times. */
  | (FlagBase & { readonly type: "strings"; readonly default: readonly string[] });

/** Flags that belong together, as `--help` shows them. */
export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly FlagDefinition[];
}

/** A flag's description, with its note. */
export function fullDescription({ description, note }: FlagDefinition): string {
  if (note === undefined) return description;
  return description === "" ? note : `${description}. ${note}`;
}

/** The environment variable of a flag: upper case, `.` and `-` as `_`. */
export function environmentName(flagName: string): string {
  return flagName.toUpperCase().replace(/[.-]/g, "_");
}
