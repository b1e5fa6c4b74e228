import type { FlagGroup, ToolDefinition } from "@spoor/daemon";
import { CLEANER_FLAGS, MAPPINGS_FLAGS, ROLLOVER_FLAGS } from "@spoor/elasticsearch-tools";

/** What a page says of a command that runs and ends. */
export interface DocumentedTool {
  readonly name: string;
  /** How it is started, or what it is. */
  readonly summary: string;
  readonly groups: readonly FlagGroup[];
  /** Whether flags can come from variables named after them. */
  readonly hasEnvironment: boolean;
  /** Lines in the words of its help. */
  readonly notes: readonly string[];
}

/** The tools in the order in which pages show them. */
export async function documentedTools(): Promise<readonly DocumentedTool[]> {
  return [
    await ownTool("tracegen", "tracegen"),
    await ownTool("dependencies", "tool"),
    await ownTool("cassandra-schema", "tool"),
    {
      ...NO_NOTES,
      name: "es-index-cleaner",
      summary: "`jaeger-es-index-cleaner NUM_OF_DAYS http://HOSTNAME:PORT [flags]`",
      groups: [{ title: "Flags", flags: CLEANER_FLAGS }],
    },
    {
      ...NO_NOTES,
      name: "es-rollover",
      summary: "`jaeger-es-rollover init|rollover|lookback http://HOSTNAME:PORT [flags]`",
      groups: Object.entries(ROLLOVER_FLAGS).map(([title, flags]) => ({ title, flags })),
    },
    {
      ...NO_NOTES,
      name: "es-mappings",
      summary: "`elasticsearch-mappings [flags]`: prints an index template.",
      groups: [{ title: "Flags", flags: MAPPINGS_FLAGS }],
    },
  ];
}

const NO_NOTES = { hasEnvironment: true, notes: [] } as const;

/** The definition that an app runs. Apps are no libs, so there is no name to import it by. */
async function ownTool(name: string, module: string): Promise<DocumentedTool> {
  const url = new URL(`../../../apps/${name}/src/${module}.ts`, import.meta.url);
  const exported: Readonly<Record<string, unknown>> = await import(url.href);
  const definition = Object.values(exported).find(isTool);
  if (definition === undefined) throw new Error(`apps/${name} exports no definition of a tool`);
  const { summary, groups, notes, environment } = definition;
  return { name, summary, groups, hasEnvironment: environment !== undefined, notes: notes(definition.program) };
}

function isTool(value: unknown): value is ToolDefinition {
  return typeof value === "object" && value !== null && "program" in value && "groups" in value && "run" in value;
}
