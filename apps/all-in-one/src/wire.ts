import {
  agentListenerFlags,
  checkMetricsStorageType,
  checkSamplingType,
  collectorFlags,
  queryFlags,
  SAMPLING_ENVIRONMENT,
  SAMPLING_FLAGS,
  startAgentListeners,
  startCollector,
  startQuery,
  TENANCY_FLAGS,
} from "@spoor/composition";
import { type DaemonContext, type DaemonDefinition, daemonCommands, formatHostPort, localAddress } from "@spoor/daemon";
import {
  chosenStorageTypes,
  openStorage,
  storageEnvironment,
  storageFlags,
  storageTypes,
} from "@spoor/storage-factory";
import { startSelfTracing } from "./self-tracing.ts";
import { tracedQueryService } from "./traced-query-service.ts";

const DEFAULT_STORAGE = "embedded";

/** Agent, collector and query in one process. */
export const ALL_IN_ONE: DaemonDefinition = {
  program: "jaeger-all-in-one",
  summary:
    "Spoor all-in-one: agent, collector and query in one process. Applications send spans, the page shows traces.",
  metricsNamespace: "jaeger",
  adminPort: 14269,
  commands: daemonCommands(),
  environmentVariables: [...storageEnvironment(DEFAULT_STORAGE), ...SAMPLING_ENVIRONMENT],
  errorsOnStderrOnly: true,
  flags(environment, args) {
    checkSamplingType(environment);
    checkMetricsStorageType(environment);
    return [
      ...storageFlags(storageTypes(environment, args, DEFAULT_STORAGE)),
      ...queryFlags(),
      ...collectorFlags(":9411"),
      ...agentListenerFlags(),
      SAMPLING_FLAGS,
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
  const { settings, logger, registry, lifecycle } = context;
  const tracing = startSelfTracing(context.environment);
  const startup = tracing.trace("start");
  const storage = await startup.step("open storage", () =>
    openStorage(chosenStorageTypes(settings, DEFAULT_STORAGE), { settings, logger, registry }),
  );
  lifecycle.add("storage", () => storage.close());
  const collector = await startup.step("start collector", () => startCollector(context, storage));
  await startup.step("start agent", () =>
    startAgentListeners(context, {
      writer: collector.ingest,
      strategies: collector.strategies,
      portsAreOptional: true,
    }),
  );
  const query = await startup.step("start query", () =>
    startQuery(context, storage, { around: (service) => tracedQueryService(service, tracing) }),
  );
  startup.end();
  const isTenantNeeded = settings.bool("multi-tenancy.enabled");
  if (collector.otlpHttp !== undefined && !isTenantNeeded) {
    const { basePath, http } = query;
    tracing.exportTo(collector.otlpHttp, { http, basePath });
    lifecycle.add("self tracing", () => tracing.close());
  }
  const page = `http://${formatHostPort({ ...localAddress(query.http), host: pageHost(query.http.host) })}${query.basePath === "/" ? "" : query.basePath}`;
  context.print(`Spoor is ready: ${page}`);
}

function pageHost(host: string): string {
  return host === "::" || host === "0.0.0.0" ? "localhost" : host;
}
