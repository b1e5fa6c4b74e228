export type CommandName = "completion" | "version" | "env" | "docs" | "status" | "print-config" | "validate";

export interface Command {
  readonly name: CommandName;
  readonly summary: string;
}

const SUMMARY: Readonly<Record<CommandName, string>> = {
  completion: "Generate the autocompletion script for the specified shell",
  docs: "Generates documentation",
  env: "Help about environment variables.",
  "print-config": "Print names and values of configuration options",
  status: "Print the status.",
  validate: "Check flags, environment and config file of a v1 daemon: what takes effect, and what does not",
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
