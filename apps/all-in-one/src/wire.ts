import {
  adaptiveStorageType,
  agentListenerFlags,
  checkMetricsStorageType,
  collectorFlags,
  METRICS_STORAGE_ENVIRONMENT,
  metricsStorageFlags,
  queryFlags,
  SAMPLING_ENVIRONMENT,
  samplingFlags,
  samplingType,
  startAgentListeners,
  startCollector,
  startQuery,
  TENANCY_FLAGS,
} from "@spoor/composition";
import {
  type DaemonContext,
  type DaemonDefinition,
  daemonCommands,
  formatHostPort,
  type HostPort,
  localAddress,
  type Settings,
} from "@spoor/daemon";
import { type ExportTarget, exportTargetIn, startSelfTracing } from "@spoor/self-tracing";
import type { SpanWriter } from "@spoor/storage-api";
import {
  openDaemonStorage,
  refuseWriteOnly,
  SAMPLING_STORAGE_ENVIRONMENT,
  samplingStorageType,
  shownStorageTypes,
  storageEnvironment,
  storageFlags,
  storageTypes,
  withSamplingStorage,
} from "@spoor/storage-factory";
import { IDENTITY } from "./identity.ts";

const DEFAULT_STORAGE = "embedded";

/** Agent, collector and query in one process. */
export const ALL_IN_ONE: DaemonDefinition = {
  ...IDENTITY,
  summary:
    "Spoor all-in-one: agent, collector and query in one process. Applications send spans, the page shows traces.",
  metricsNamespace: "jaeger",
  commands: daemonCommands(),
  environmentVariables: [
    ...storageEnvironment(DEFAULT_STORAGE),
    ...SAMPLING_ENVIRONMENT,
    ...SAMPLING_STORAGE_ENVIRONMENT,
    ...METRICS_STORAGE_ENVIRONMENT,
  ],
  check(environment, args) {
    samplingType(environment);
    samplingStorageType(environment);
    checkMetricsStorageType(environment);
    refuseWriteOnly(storageTypes(environment, args, DEFAULT_STORAGE));
  },
  flags(environment, args) {
    return [
      ...storageFlags(withSamplingStorage(shownStorageTypes(environment, args, DEFAULT_STORAGE), environment)),
      ...metricsStorageFlags(environment),
      ...queryFlags(),
      ...collectorFlags(":9411"),
      ...agentListenerFlags(),
      samplingFlags(environment),
      TENANCY_FLAGS,
    ];
  },
  notes: [
    "Traces are kept in ./data (--embedded.directory); SPAN_STORAGE_TYPE=memory keeps them in memory only.",
    "The page is at http://localhost:16686. The daemon's own traces appear there as the service jaeger-all-in-one;",
    "OTEL_TRACES_SAMPLER=always_off switches them off.",
  ],
  start: startAllInOne,
};

async function startAllInOne(context: DaemonContext): Promise<void> {
  const { settings, lifecycle } = context;
  const tracing = await startSelfTracing("jaeger-all-in-one", context.environment);
  const startup = tracing.trace("start");
  const storage = await startup.step("open storage", () =>
    openDaemonStorage(context, DEFAULT_STORAGE, { samplingType: adaptiveStorageType(context.environment) }),
  );
  const collector = await startup.step("start collector", () => startCollector(context, storage));
  await startup.step("start agent", () =>
    startAgentListeners(context, {
      writer: asFromAgent(collector.ingest),
      strategies: collector.strategies,
      portsAreOptional: true,
    }),
  );
  const query = await startup.step("start query", () => startQuery(context, storage, { tracing }));
  startup.end();
  const target = exportTargetIn(context.environment) ?? ownReceiver(settings, collector.otlpHttp);
  if (target !== undefined) {
    await tracing.exportTo(target, query);
    lifecycle.add("self tracing", () => tracing.close());
  }
  const scheme = settings.bool("query.http.tls.enabled") ? "https" : "http";
  const { host, port } = localAddress(query.http);
  const page = formatHostPort({ host: host === "127.0.0.1" && host !== query.http.host ? "localhost" : host, port });
  context.announce(`Spoor is ready: ${scheme}://${page}${query.basePath === "/" ? "" : query.basePath}`);
}

/** v1's agent sends everything on as Jaeger's protobuf, which is the format that a collector then sees. */
function asFromAgent(writer: SpanWriter): SpanWriter {
  return { write: (batch, options) => writer.write({ ...batch, format: "proto" }, options) };
}

/** Where the daemon can send its own traces to itself; with TLS or tenants it would need what only clients have. */
function ownReceiver(settings: Settings, otlpHttp: HostPort | undefined): ExportTarget | undefined {
  const isOpen = !settings.bool("collector.otlp.http.tls.enabled") && !settings.bool("multi-tenancy.enabled");
  if (otlpHttp === undefined || !isOpen) return undefined;
  return { protocol: "http", endpoint: `http://${formatHostPort(localAddress(otlpHttp))}`, headers: {} };
}
