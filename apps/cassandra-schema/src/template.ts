import type { SchemaParameters } from "@spoor/storage-cassandra";

/** The statements of a template in the form of v1's: `${name}` stands for a parameter, lines after `--` are comments. */
export function templateStatements(
  text: string,
  schema: Omit<SchemaParameters, "beforeCassandra4">,
): readonly string[] {
  const values: Readonly<Record<string, string | number>> = {
    keyspace: schema.keyspace,
    replication: schema.replication,
    trace_ttl: schema.traceTtlSeconds,
    dependencies_ttl: schema.dependenciesTtlSeconds,
    compaction_window_size: schema.compactionWindowSize,
    compaction_window_unit: schema.compactionWindowUnit,
  };
  return text
    .split("\n")
    .map((line) => line.replace(/^\s*--.*$/, ""))
    .join("\n")
    .replace(/\$\{(\w+)\}/g, (match, name: string) => String(values[name] ?? match))
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
