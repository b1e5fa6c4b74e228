import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  commonFlags,
  createLogger,
  createRegistry,
  type DaemonDefinition,
  environmentName,
  type FlagDefinition,
  Lifecycle,
  Readiness,
  Settings,
} from "@spoor/daemon";
import { createReadMetrics, createWriteMetrics } from "@spoor/storage-cassandra";
import { createBulkMetrics } from "@spoor/storage-elasticsearch";
import { createKafkaMetrics } from "@spoor/storage-kafka";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type DaemonName, definitionOf } from "./daemons.ts";
import { code, GENERATED, table } from "./markdown.ts";

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Nobody listens there: a daemon has its metrics before it finds what it depends on. */
const NOBODY = "127.0.0.1:1";
/** How long a start may take that waits for somebody. */
const START_MS = 1500;

const DAEMON_ENVIRONMENT: readonly (readonly [DaemonName, Readonly<Record<string, string>>])[] = [
  ["agent", { REPORTER_GRPC_HOST_PORT: NOBODY }],
  ["collector", { SPAN_STORAGE_TYPE: "blackhole" }],
  ["ingester", { SPAN_STORAGE_TYPE: "blackhole", KAFKA_CONSUMER_BROKERS: NOBODY }],
  ["query", { SPAN_STORAGE_TYPE: "memory" }],
  ["remote-storage", { SPAN_STORAGE_TYPE: "memory" }],
];
const OWN_STORES = ["memory", "embedded"];
/** Stores that make theirs once they are connected. */
const SHARED_STORES: readonly (readonly [string, (registry: Registry) => void])[] = [
  [
    "cassandra",
    (registry) => {
      createWriteMetrics(registry, "primary");
      createReadMetrics(registry, "primary");
    },
  ],
  ["elasticsearch or opensearch", (registry) => createBulkMetrics(registry, "elasticsearch", "primary")],
  ["kafka", (registry) => createKafkaMetrics(registry, () => 0)],
];

/** Every metric, by daemon and by store, as registries have them once the daemons' parts are there. */
export async function metricsPage(): Promise<string> {
  const common = metricsOf(createRegistry("jaeger", { gitCommit: "", gitVersion: "", buildDate: "" })).filter(
    ({ name }) => !name.endsWith("build_info"),
  );
  const runtime = new Set(common.map(({ name }) => name));
  const sections: string[] = [];
  const seen = new Map<DaemonName, ReadonlySet<string>>();
  for (const [daemon, environment] of DAEMON_ENVIRONMENT) {
    const metrics = (await metricsWith(daemon, environment)).filter(({ name }) => !runtime.has(name));
    seen.set(daemon, new Set(metrics.map(({ name }) => name)));
    sections.push(`## ${daemon}\n\n${metricsTable(metrics)}`);
  }
  for (const type of OWN_STORES) {
    const metrics = (await metricsWith("collector", { SPAN_STORAGE_TYPE: type })).filter(
      ({ name }) => !runtime.has(name) && seen.get("collector")?.has(name) !== true,
    );
    if (metrics.length > 0) sections.push(`## Daemons with the storage ${type}\n\n${metricsTable(metrics)}`);
  }
  for (const [type, register] of SHARED_STORES) {
    const registry = new Registry();
    register(registry);
    sections.push(`## Daemons with the storage ${type}\n\n${metricsTable(metricsOf(registry))}`);
  }
  const adaptive = { SPAN_STORAGE_TYPE: "memory", SAMPLING_CONFIG_TYPE: "adaptive" };
  const plain = new Set((await metricsWith("collector", { SPAN_STORAGE_TYPE: "memory" })).map(({ name }) => name));
  const ofSampling = (await metricsWith("collector", adaptive)).filter(({ name }) => !plain.has(name));
  sections.push(`## collector with adaptive sampling\n\n${metricsTable(ofSampling)}`);
  return `# Metrics\n\n${GENERATED}\n\nAt \`/metrics\` of the admin port, in Prometheus's text format; names that start with \`jaeger_\` and their labels are v1's, those with \`spoor_\` our own. all-in-one has those of agent, collector and query; its \`build_info\` is \`jaeger_build_info\`. Histograms are in seconds unless they say otherwise. \
A collector with several workers shows their sums, \`spoor_workers{state}\` and \`spoor_worker_restarts_total\`.\n\n## Every daemon\n\nOf the process and of Node.js, by prom-client: ${common
    .filter(({ name }) => !isOwn(name))
    .map(({ name }) => code(name))
    .join(", ")}.\n\n${metricsTable(common.filter(({ name }) => isOwn(name)))}\n${sections.join("\n")}`;
}

function isOwn(name: string): boolean {
  return name.startsWith("spoor_");
}

function metricsTable(metrics: readonly Metric[]): string {
  const sorted = [...metrics].sort((a, b) => (a.name < b.name ? -1 : 1));
  return table(
    ["metric", "type", "labels", ""],
    sorted.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(" "), help]),
  );
}

/** Starts a daemon's parts in this process, on free ports, and looks at its registry. */
async function metricsWith(daemon: DaemonName, given: Readonly<Record<string, string>>): Promise<readonly Metric[]> {
  const definition = await definitionOf(daemon);
  const directory = mkdtempSync(join(tmpdir(), "spoor-docs-"));
  const environment = { ...given, EMBEDDED_DIRECTORY: directory };
  const flags = flagsOf(definition, environment);
  const listening = [...flags.values()].filter((flag) => flag.type === "string" && flag.listens !== undefined);
  const addresses = Object.fromEntries(listening.map(({ name }) => [environmentName(name), "127.0.0.1:0"]));
  const settings = new Settings(flags, {
    commandLine: new Map(),
    environment: { ...environment, ...addresses },
    configFile: new Map(),
  });
  const logger = createLogger({ level: "fatal", encoding: "json", destination: { write: () => undefined } });
  const registry = createRegistry(definition.metricsNamespace, { gitCommit: "", gitVersion: "", buildDate: "" });
  const lifecycle = new Lifecycle(logger);
  const stop = new AbortController();
  const started = definition
    .start({
      settings,
      environment,
      logger,
      registry,
      lifecycle,
      readiness: new Readiness(),
      adminAddress: { host: "127.0.0.1", port: 0 },
      stopping: stop.signal,
      announce: () => undefined,
      fail: () => undefined,
    })
    .catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    started,
    new Promise((resolve) => {
      timer = setTimeout(resolve, START_MS);
    }),
  ]);
  clearTimeout(timer);
  const metrics = metricsOf(registry);
  stop.abort();
  await lifecycle.stop(START_MS);
  rmSync(directory, { recursive: true, force: true });
  return metrics;
}

function flagsOf(
  definition: DaemonDefinition,
  environment: Readonly<Record<string, string>>,
): ReadonlyMap<string, FlagDefinition> {
  const groups = [...definition.flags(environment, []), ...commonFlags(definition.adminPort)];
  return new Map(groups.flatMap((group) => group.flags.map((flag) => [flag.name, flag] as const)));
}

/** prom-client's declarations do not tell what its metrics carry. */
function metricsOf(registry: Registry): readonly Metric[] {
  return registry.getMetricsAsArray().map((metric) => {
    const { name, help, labelNames } = metric as unknown as {
      readonly name: string;
      readonly help: string;
      readonly labelNames: readonly string[];
    };
    return { name, help, type: typeOf(metric), labels: labelNames.filter((label) => label !== "le") };
  });
}

function typeOf(metric: unknown): string {
  if (metric instanceof Counter) return "counter";
  if (metric instanceof Gauge) return "gauge";
  return metric instanceof Histogram ? "histogram" : "summary";
}
