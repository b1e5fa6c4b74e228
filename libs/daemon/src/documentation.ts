import { environmentName, type FlagDefinition, type FlagGroup, fullDescription } from "./flag-definition.ts";
import { formatFlagValue } from "./flag-value.ts";

export type DocumentationFormat = "md" | "man" | "rst" | "yaml";
export const DOCUMENTATION_FORMATS: readonly DocumentationFormat[] = ["md", "man", "rst", "yaml"];
const EXTENSION: Readonly<Record<DocumentationFormat, string>> = { md: "md", man: "1", rst: "rst", yaml: "yaml" };

/** The reference page of a daemon's flags, as the sub-command `docs` writes it. */
export function documentation(
  program: string,
  summary: string,
  groups: readonly FlagGroup[],
  format: DocumentationFormat,
): { readonly fileName: string; readonly content: string } {
  return { fileName: `${program}.${EXTENSION[format]}`, content: RENDER[format](program, summary, groups) };
}

type Renderer = (program: string, summary: string, groups: readonly FlagGroup[]) => string;

const RENDER: Readonly<Record<DocumentationFormat, Renderer>> = {
  md: (program, summary, groups) =>
    `# ${program}\n\n${summary}\n${groups
      .map(
        ({ title, flags }) =>
          `\n## ${title}\n\n| flag | environment | type | default | |\n|---|---|---|---|---|\n${flags
            .map(
              (flag) =>
                `| \`--${flag.name}\` | \`${environmentName(flag.name)}\` | ${flag.type} | ${codeOrNothing(defaultText(flag))} | ${fullDescription(flag).replaceAll("|", "\\|")} |\n`,
            )
            .join("")}`,
      )
      .join("")}`,
  man: (program, summary, groups) =>
    `.TH "${program.toUpperCase()}" "1"\n.SH NAME\n${program} \\- ${summary}\n.SH OPTIONS\n${groups
      .map(({ title, flags }) => `.SS ${title}\n${flags.map(manEntry).join("")}`)
      .join("")}`,
  rst: (program, summary, groups) =>
    `${program}\n${"=".repeat(program.length)}\n\n${summary}\n${groups
      .map(
        ({ title, flags }) =>
          `\n${title}\n${"-".repeat(title.length)}\n\n${flags
            .map(
              (flag) =>
                `\`\`--${flag.name}\`\` (${flag.type}, default "${defaultText(flag)}")\n    ${fullDescription(flag)}\n`,
            )
            .join("")}`,
      )
      .join("")}`,
  yaml: (program, summary, groups) =>
    `name: ${JSON.stringify(program)}\nsynopsis: ${JSON.stringify(summary)}\noptions:\n${groups
      .flatMap(({ flags }) => flags)
      .map(
        (flag) =>
          `  - name: ${JSON.stringify(flag.name)}\n    type: ${flag.type}\n    default_value: ${JSON.stringify(defaultText(flag))}\n    usage: ${JSON.stringify(fullDescription(flag))}\n`,
      )
      .join("")}`,
};

function manEntry(flag: FlagDefinition): string {
  return `.TP\n\\-\\-${flag.name}=${JSON.stringify(defaultText(flag))}\n${fullDescription(flag)}\n`;
}

function defaultText(flag: FlagDefinition): string {
  return formatFlagValue(flag, flag.default);
}

function codeOrNothing(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}
