import {
  collectorFlags,
  SAMPLING_ENVIRONMENT,
  samplingFlags,
  samplingType,
  startCollector,
  TENANCY_FLAGS,
} from "@spoor/composition";
import { type DaemonContext, type DaemonDefinition, daemonCommands } from "@spoor/daemon";
import {
  chosenStorageTypes,
  openStorage,
  shownStorageTypes,
  storageEnvironment,
  storageFlags,
  storageTypes,
} from "@spoor/storage-factory";

/** v1's default. */
const DEFAULT_STORAGE = "cassandra";

/** Receives spans in every protocol and stores them. */
export const COLLECTOR: DaemonDefinition = {
  program: "jaeger-collector",
  summary: "Spoor collector: receives spans in every protocol, validates and stores them.",
  metricsNamespace: "jaeger_collector",
  adminPort: 14269,
  commands: daemonCommands(),
  environmentVariables: [...storageEnvironment(DEFAULT_STORAGE), ...SAMPLING_ENVIRONMENT],
  check(environment, args) {
    samplingType(environment);
    storageTypes(environment, args, DEFAULT_STORAGE);
  },
  flags(environment, args) {
    return [
      ...storageFlags(shownStorageTypes(environment, args, DEFAULT_STORAGE)),
      ...collectorFlags(""),
      samplingFlags(environment),
      TENANCY_FLAGS,
    ];
  },
  notes: ["Spans go to the storage that the environment variable SPAN_STORAGE_TYPE names; its flags come first above."],
  async start(context: DaemonContext): Promise<void> {
    const { settings, logger, registry, lifecycle, readiness } = context;
    const storage = await openStorage(chosenStorageTypes(settings, DEFAULT_STORAGE), {
      settings,
      logger,
      registry,
      readiness,
    });
    lifecycle.add("storage", () => storage.close());
    await startCollector(context, storage);
  },
};
