import {
  adaptiveStorageType,
  collectorFlags,
  SAMPLING_ENVIRONMENT,
  samplingFlags,
  samplingType,
  startCollector,
  TENANCY_FLAGS,
  WORKER_FLAGS,
  workerCount,
} from "@spoor/composition";
import { type DaemonContext, type DaemonDefinition, daemonCommands } from "@spoor/daemon";
import {
  chosenStorageTypes,
  openDaemonStorage,
  SAMPLING_STORAGE_ENVIRONMENT,
  samplingStorageType,
  shownStorageTypes,
  storageEnvironment,
  storageFlags,
  storageTypes,
  withSamplingStorage,
} from "@spoor/storage-factory";
import { IDENTITY } from "./identity.ts";

/** v1's default. */
const DEFAULT_STORAGE = "cassandra";

/** Receives spans in every protocol and stores them. */
export const COLLECTOR: DaemonDefinition = {
  ...IDENTITY,
  summary: "Spoor collector: receives spans in every protocol, validates and stores them.",
  metricsNamespace: "jaeger_collector",
  commands: daemonCommands(),
  environmentVariables: [
    ...storageEnvironment(DEFAULT_STORAGE),
    ...SAMPLING_ENVIRONMENT,
    ...SAMPLING_STORAGE_ENVIRONMENT,
  ],
  check(environment, args) {
    samplingType(environment);
    samplingStorageType(environment);
    storageTypes(environment, args, DEFAULT_STORAGE);
  },
  flags(environment, args) {
    return [
      ...storageFlags(withSamplingStorage(shownStorageTypes(environment, args, DEFAULT_STORAGE), environment)),
      ...collectorFlags(""),
      WORKER_FLAGS,
      samplingFlags(environment),
      TENANCY_FLAGS,
    ];
  },
  workers: (settings) => workerCount(settings, chosenStorageTypes(settings, DEFAULT_STORAGE)),
  notes: ["Spans go to the storage that the environment variable SPAN_STORAGE_TYPE names; its flags come first above."],
  async start(context: DaemonContext): Promise<void> {
    const storage = await openDaemonStorage(context, DEFAULT_STORAGE, {
      samplingType: adaptiveStorageType(context.environment),
    });
    await startCollector(context, storage);
  },
};
