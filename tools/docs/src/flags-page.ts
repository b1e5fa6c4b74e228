import {
  commonFlags,
  environmentName,
  type FlagDefinition,
  type FlagGroup,
  flagDefaultText,
  flagText,
} from "@spoor/daemon";
import { DAEMONS, definitionOf, STORAGES } from "./daemons.ts";
import { code, GENERATED, table } from "./markdown.ts";
import { type DocumentedTool, documentedTools } from "./tools.ts";

/** Variables, besides the storage type, with which more flags are there. */
const CHOICES = [
  ["SAMPLING_CONFIG_TYPE", "adaptive"],
  ["METRICS_STORAGE_TYPE", "prometheus"],
] as const;

/** Every flag, by daemon and by storage type. */
export async function flagsPage(): Promise<string> {
  const sections: string[] = [];
  /** Groups that come with a storage type: the text, and who has it. */
  const ofStorages = new Map<string, Map<string, string[]>>(STORAGES.map(([type]) => [type, new Map()]));
  for (const daemon of DAEMONS) {
    const { flags, program, summary } = await definitionOf(daemon);
    const byType = STORAGES.map(([type]) => [type, flags({ SPAN_STORAGE_TYPE: type }, [])] as const);
    const everywhere = (byType[0]?.[1] ?? []).filter((group) =>
      byType.every(([, groups]) => groups.some((other) => groupText(other) === groupText(group))),
    );
    const own = new Set(everywhere.map(groupText));
    for (const [type, groups] of byType) {
      for (const text of groups.map(groupText).filter((each) => !own.has(each))) {
        const texts = ofStorages.get(type);
        texts?.set(text, [...(texts.get(text) ?? []), daemon]);
      }
    }
    const byChoice = CHOICES.flatMap(([variable, value]) =>
      flags({ SPAN_STORAGE_TYPE: "memory", [variable]: value }, [])
        .map(groupText)
        .filter((text) => !own.has(text) && ![...ofStorages.values()].some((texts) => texts.has(text)))
        .map((text) => text.replace("\n\n", ` (\`${variable}=${value}\`)\n\n`)),
    );
    const ownText = [...own, ...byChoice];
    sections.push(`## ${daemon}\n\n${code(program)}. ${summary}\n\n${ownText.join("\n")}`);
  }
  const storages = STORAGES.map(([type, title]) => {
    const groups = [...(ofStorages.get(type) ?? [])].map(([text, daemons]) =>
      text.replace("\n\n", `\n\nIn ${daemons.join(", ")}.\n\n`),
    );
    return `## ${title}: ${code(`SPAN_STORAGE_TYPE=${type}`)}\n\n${groups.length === 0 ? "No flags.\n" : groups.join("\n")}`;
  });
  return [
    `# Flags\n\n${GENERATED}\n\nA flag \`--a.b-c\` can also come from the environment as \`A_B_C\`, or from \`--config-file\` as \`a: {b-c: …}\`; a flag wins over the environment, and that over the file. What a daemon has: its own flags, those of every daemon, and those of its storage types.\n`,
    `## Every daemon\n\nThe admin port of each is in [ports](ports.md).\n\n${commonFlags(14269).map(groupText).join("\n")}`,
    ...sections,
    ...storages,
    "## Tools\n\nCommands that run and end. They read no config file.\n",
    ...(await documentedTools()).map(toolText),
  ].join("\n");
}

function toolText({ name, summary, groups, hasEnvironment, notes }: DocumentedTool): string {
  const head = ["flag", ...(hasEnvironment ? ["environment"] : []), "type", "default", ""];
  const tables = groups.map(({ title, flags }) => {
    const rows = flags.map((flag) => flagRow(flag).filter((_, column) => hasEnvironment || column !== 1));
    return `#### ${title}\n\n${table(head, rows)}`;
  });
  const told = notes.length === 0 ? [] : [`\`\`\`\n${notes.join("\n")}\n\`\`\`\n`];
  return `### ${name}\n\n${summary}\n\n${[...tables, ...told].join("\n")}`;
}

function groupText({ title, flags }: FlagGroup): string {
  const rows = flags.filter(({ hidden }) => hidden !== true).map(flagRow);
  return `### ${title}\n\n${table(["flag", "environment", "type", "default", ""], rows)}`;
}

function flagRow(flag: FlagDefinition): readonly string[] {
  return [
    code(`--${flag.name}`),
    code(environmentName(flag.name)),
    flag.type,
    code(flagDefaultText(flag)),
    flagText(flag).replaceAll("\n", " "),
  ];
}
