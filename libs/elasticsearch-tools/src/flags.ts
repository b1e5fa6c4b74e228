import { clientTlsFlags, type FlagDefinition } from "@spoor/daemon";

function text(name: string, value: string, description: string, secret = false): FlagDefinition {
  return { name, type: "string", default: value, description, ...(secret ? { secret } : {}) };
}
function bool(name: string, description: string): FlagDefinition {
  return { name, type: "bool", default: false, description };
}
function int(name: string, value: number, description: string): FlagDefinition {
  return { name, type: "int", default: value, description };
}

/** How to reach the cluster. */
const CONNECTION: readonly FlagDefinition[] = [
  text("es.username", "", "The username required by storage"),
  text("es.password", "", "The password required by storage", true),
  ...clientTlsFlags("es"),
  int("timeout", 120, "Number of seconds to wait for master node response"),
];

export const CLEANER_FLAGS: readonly FlagDefinition[] = [
  ...CONNECTION,
  text("index-prefix", "", "Index prefix"),
  text("index-date-separator", "-", "Index date separator"),
  bool("archive", "Whether to remove archive indices. It works only for rollover"),
  bool("rollover", "Whether to remove indices created by rollover"),
];

const ROLLOVER: readonly FlagDefinition[] = [
  ...CONNECTION,
  text("index-prefix", "", "Index prefix"),
  bool("archive", "Handle archive indices"),
  bool("skip-dependencies", "Disable rollover for dependencies index"),
  bool("adaptive-sampling", "Enable rollover for adaptive sampling index"),
  bool("es.use-ilm", "Use ILM to manage jaeger indices"),
  text("es.ilm-policy-name", "jaeger-ilm-policy", "The name of the ILM policy to use if ILM is active"),
];

export const ROLLOVER_FLAGS = {
  init: [
    ...ROLLOVER,
    int("shards", 5, "Number of shards"),
    int("replicas", 1, "Number of replicas"),
    int("priority-span-template", 0, "Priority of jaeger-span index template (Elasticsearch 8 and up only)"),
    int("priority-service-template", 0, "Priority of jaeger-service index template (Elasticsearch 8 and up only)"),
    int(
      "priority-dependencies-template",
      0,
      "Priority of jaeger-dependencies index template (Elasticsearch 8 and up only)",
    ),
    int("priority-sampling-template", 0, "Priority of jaeger-sampling index template (Elasticsearch 8 and up only)"),
  ],
  rollover: [...ROLLOVER, text("conditions", '{"max_age": "2d"}', "conditions used to rollover to a new write index")],
  lookback: [
    ...ROLLOVER,
    text(
      "unit",
      "days",
      "used with lookback to remove indices from read alias: seconds, minutes, hours, days, weeks, months or years",
    ),
    int("unit-count", 1, "count of UNITs"),
  ],
} as const satisfies Readonly<Record<string, readonly FlagDefinition[]>>;

export const MAPPINGS_FLAGS: readonly FlagDefinition[] = [
  text("mapping", "", "The index mapping the template will be applied to. Pass either jaeger-span or jaeger-service"),
  { name: "es-version", type: "uint", default: 7, description: "The major Elasticsearch version" },
  int("shards", 5, "The number of shards per index in Elasticsearch"),
  int("replicas", 1, "The number of replicas per index in Elasticsearch"),
  text("index-prefix", "", "Specifies index prefix"),
  text("use-ilm", "false", "Set to true to use ILM for managing lifecycle of jaeger indices"),
  text("ilm-policy-name", "jaeger-ilm-policy", "The name of the ILM policy to use if ILM is active"),
];
