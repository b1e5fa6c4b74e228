import { DaemonError } from "./errors.ts";
import type { FlagDefinition } from "./flag-definition.ts";

export const COMPLETION_SHELLS = ["bash", "fish", "powershell", "zsh"] as const;
type Shell = (typeof COMPLETION_SHELLS)[number];

export interface CompletionInput {
  readonly program: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly FlagDefinition[];
}

/**
 * A script for a shell that completes the sub-commands and flags of a daemon. The flags are those of the storage that the environment names now,
 * as in v1. Throws `INVALID_VALUE` for a shell that is not known.
 */
export function completionScript(shell: string | undefined, input: CompletionInput): string {
  const known = COMPLETION_SHELLS.find((name) => name === shell);
  if (known === undefined) {
    throw new DaemonError(
      "INVALID_VALUE",
      `completion for ${shell ?? "no shell"} is not known: give one of ${COMPLETION_SHELLS.join(", ")}`,
    );
  }
  return SCRIPT[known](input);
}

const SCRIPT: Readonly<Record<Shell, (input: CompletionInput) => string>> = {
  bash: ({ program, commands, flags }) => {
    const name = functionName(program);
    return `# bash completion of ${program}; load it with: source <(${program} completion bash)
${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(compgen -W "${words(commands, flags).join(" ")}" -- "$word"))
}
complete -o default -F ${name} ${program}
`;
  },
  zsh: ({ program, commands, flags }) => {
    const name = functionName(program);
    const specs = flags.map(
      (flag) => `    '--${flag.name}${flag.type === "bool" ? "" : "="}[${zshText(flag.description)}]'`,
    );
    return `#compdef ${program}
# zsh completion of ${program}; load it with: source <(${program} completion zsh)
${name}() {
  local -a commands
  commands=(${commands.map((command) => `'${command.name}:${zshText(command.summary)}'`).join(" ")})
  _arguments \\
${specs.join(" \\\n")} \\
    '1: :{_describe command commands}'
}
compdef ${name} ${program}
`;
  },
  fish: ({ program, commands, flags }) =>
    `# fish completion of ${program}; load it with: ${program} completion fish | source
${commands.map((command) => `complete -c ${program} -n __fish_use_subcommand -a ${command.name} -d ${fishText(command.summary)}`).join("\n")}
${flags.map((flag) => `complete -c ${program} -l ${flag.name}${flag.type === "bool" ? "" : " -r"} -d ${fishText(flag.description)}`).join("\n")}
`,
  powershell: ({
    program,
    commands,
    flags,
  }) => `# PowerShell completion of ${program}; load it with: ${program} completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName '${program}' -ScriptBlock {
  param($wordToComplete)
  @(${words(commands, flags)
    .map((word) => `'${word}'`)
    .join(", ")}) | Where-Object { $_ -like "$wordToComplete*" }
}
`,
};

function words(commands: CompletionInput["commands"], flags: readonly FlagDefinition[]): readonly string[] {
  return [
    ...commands.map(({ name }) => name),
    ...flags.map((flag) => `--${flag.name}${flag.type === "bool" ? "" : "="}`),
  ];
}

function functionName(program: string): string {
  return `_${program.replaceAll(/[^a-z0-9]/gi, "_")}`;
}

function zshText(text: string): string {
  return text.replaceAll("'", "").replaceAll(/[[\]:\\]/g, " ");
}

function fishText(text: string): string {
  return `'${text.replaceAll("\\", "").replaceAll("'", "")}'`;
}
