import type { DaemonDefinition } from "@spoor/daemon";

/** The daemons in the order in which pages show them. */
export const DAEMONS = ["all-in-one", "agent", "collector", "ingester", "query", "remote-storage"] as const;
export type DaemonName = (typeof DAEMONS)[number];

/** Values of `SPAN_STORAGE_TYPE`, each with what the pages call it. */
export const STORAGES: readonly (readonly [type: string, title: string])[] = [
  ["embedded", "Embedded store"],
  ["badger", "Embedded store by its name of v1, badger"],
  ["memory", "Memory"],
  ["cassandra", "Cassandra"],
  ["elasticsearch", "Elasticsearch"],
  ["opensearch", "OpenSearch"],
  ["kafka", "Kafka (written by a collector)"],
  ["grpc", "Remote storage over gRPC"],
  ["blackhole", "Blackhole"],
];

/** The definition that an app runs. Apps are no libs, so there is no name to import it by. */
export async function definitionOf(daemon: DaemonName): Promise<DaemonDefinition> {
  const url = new URL(`../../../apps/${daemon}/src/wire.ts`, import.meta.url);
  const exported: Readonly<Record<string, unknown>> = await import(url.href);
  const definition = Object.values(exported).find(isDefinition);
  if (definition === undefined) throw new Error(`apps/${daemon} exports no definition of a daemon`);
  return definition;
}

function isDefinition(value: unknown): value is DaemonDefinition {
  return typeof value === "object" && value !== null && "program" in value && "flags" in value && "start" in value;
}
