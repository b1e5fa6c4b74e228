import type { Environment } from "@spoor/daemon";

/** What the job calls what the daemons' flags call otherwise. Variables that both call alike are not here. */
const RENAMED: Readonly<Record<string, string>> = {
  CASSANDRA_CONTACT_POINTS: "CASSANDRA_SERVERS",
  CASSANDRA_USE_SSL: "CASSANDRA_TLS_ENABLED",
  ES_NODES: "ES_SERVER_URLS",
};
const OPENSEARCH = "OS_";
const NO_EFFECT: readonly string[] = [
  "SPARK_MASTER",
  "JAVA_OPTS",
  "LOG4J_STATUS_LOGGER_LEVEL",
  "ES_TIME_RANGE",
  "OS_TIME_RANGE",
  "ES_CLIENT_NODE_ONLY",
  "OS_CLIENT_NODE_ONLY",
  "CASSANDRA_CLIENT_AUTH_ENABLED",
];

/**
 * The variables of v1's Spark job as those of the flags. Those of the daemons' names are there too, and win. With OpenSearch, `OS_` stands for
 * `ES_`, which counts as well.
 */
export function flagEnvironment(environment: Environment): Environment {
  const flags: Record<string, string | undefined> = { ...environment };
  const set = (name: string, value: string | undefined) => {
    if (!flags[name] && value) flags[name] = value;
  };
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith(OPENSEARCH)) set(`ES_${name.slice(OPENSEARCH.length)}`, value);
  }
  if (environment.OS_SSL_CERT_ALLOW_SELF_SIGNED?.toLowerCase() === "true") {
    set("ES_TLS_ENABLED", "true");
    set("ES_TLS_SKIP_HOST_VERIFY", "true");
  }
  for (const [jobName, name] of Object.entries(RENAMED)) set(name, flags[jobName]);
  const urls = flags.ES_SERVER_URLS;
  if (urls) flags.ES_SERVER_URLS = urls.split(",").map(urlOf).join(",");
  return flags;
}

/** Variables that are set and mean nothing here. */
export function withoutEffect(environment: Environment): readonly string[] {
  return NO_EFFECT.filter((name) => environment[name]);
}

/** The job takes hosts with and without port and scheme. */
function urlOf(node: string): string {
  const text = node.trim();
  if (text === "" || text.includes("://")) return text;
  return `http://${/:\d+$/.test(text) ? text : `${text}:9200`}`;
}
