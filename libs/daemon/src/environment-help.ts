export interface EnvironmentVariable {
  readonly name: string;
  readonly description: string;
  readonly default: string;
}

/** The page of the sub-command `env`, in v1's words. */
export function environmentPage(variables: readonly EnvironmentVariable[]): string {
  const width = Math.max(...variables.map(({ name }) => `${name} string`.length)) + 3;
  const entries = variables.map(({ name, description, default: value }) => {
    const shown = value === "" ? "" : ` (default "${value}")`;
    return `${`${name} string`.padEnd(width)}${description} ${shown}\n`;
  });
  return `
All command line options can be provided via environment variables by converting
their names to upper case and replacing punctuation with underscores. For example:

command line option                 environment variable
------------------------------------------------------------------
--cassandra.connections-per-host    CASSANDRA_CONNECTIONS_PER_HOST
--metrics-backend                   METRICS_BACKEND

The following configuration options are only available via environment variables:

${entries.join("\n")}
`;
}
