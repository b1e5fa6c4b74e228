import { setMaxListeners } from "node:events";
import { parseCommandLine } from "./command-line.ts";
import type { Environment } from "./daemon-definition.ts";
import { errorText } from "./error-text.ts";
import { DaemonError } from "./errors.ts";
import type { FlagDefinition, FlagGroup } from "./flag-definition.ts";
import { helpPage } from "./help.ts";
import { ownInvocation } from "./invocation.ts";
import { exitPromptly } from "./prompt-exit.ts";
import { Settings } from "./settings.ts";

/** A command that runs and ends, with flags like a daemon's. */
export interface ToolDefinition {
  readonly program: string;
  readonly summary: string;
  readonly groups: readonly FlagGroup[];
  /** Lines below the flags, such as examples; `command` is how the tool is started. */
  readonly notes: (command: string) => readonly string[];
  /** Words that may stand beside the flags; none unless given. */
  readonly maxWords?: number;
  /** The variables that stand behind the flags, made from those of the process; none unless given. */
  readonly environment?: (environment: Environment) => Environment;
  /** Resolves with the exit code. The signal fires on SIGINT or SIGTERM. */
  readonly run: (settings: Settings, signal: AbortSignal, words: readonly string[]) => Promise<number>;
}

/**
 * What a tool's `main.ts` calls: reads this process's arguments, runs the tool, ends the process. Long flags may have one dash, as v1's
 * tools (Go's flag package) allow.
 */
export async function runTool(definition: ToolDefinition): Promise<void> {
  const flags = new Map<string, FlagDefinition>();
  for (const group of definition.groups) for (const flag of group.flags) flags.set(flag.name, flag);
  exitPromptly();
  const stop = new AbortController();
  // As many as a tool has workers may listen, and Node 20 takes more than ten for a leak.
  setMaxListeners(0, stop.signal);
  const onSignal = () => (stop.signal.aborted ? process.exit(1) : stop.abort(new Error("interrupted")));
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const { given, help, words } = parseCommandLine(withTwoDashes(process.argv.slice(2)), flags);
    if (help) {
      const { summary, groups } = definition;
      const program = ownInvocation();
      const notes = definition.notes(program);
      process.stdout.write(
        helpPage(
          { program, summary, commands: [], groups, notes, hasEnvironment: false },
          process.stdout.columns ?? 100,
        ),
      );
      process.exit(0);
    }
    const unexpected = words[definition.maxWords ?? 0];
    if (unexpected !== undefined) throw new DaemonError("UNKNOWN_COMMAND", `unexpected argument "${unexpected}"`);
    const environment = definition.environment?.(process.env) ?? {};
    const settings = new Settings(flags, { commandLine: given, environment, configFile: new Map() });
    settings.validate();
    process.exit(await definition.run(settings, stop.signal, words));
  } catch (error) {
    const hint = error instanceof DaemonError && error.hint !== undefined ? `\n${error.hint}` : "";
    process.stderr.write(`Error: ${errorText(error)}${hint}\n`);
    process.exit(1);
  }
}

function withTwoDashes(args: readonly string[]): readonly string[] {
  return args.map((arg) => (/^-[a-z][a-z0-9.-]+/.test(arg) ? `-${arg}` : arg));
}
