import {
  checkMetricsStorageType,
  METRICS_STORAGE_ENVIRONMENT,
  metricsStorageFlags,
  queryFlags,
  startQuery,
  TENANCY_FLAGS,
} from "@spoor/composition";
import { type DaemonContext, type DaemonDefinition, daemonCommands } from "@spoor/daemon";
import {
  openDaemonStorage,
  refuseWriteOnly,
  shownStorageTypes,
  storageEnvironment,
  storageFlags,
  storageTypes,
} from "@spoor/storage-factory";
import { IDENTITY } from "./identity.ts";

/** v1's default. */
const DEFAULT_STORAGE = "cassandra";

/** Answers the HTTP and gRPC APIs from a store and serves the page. */
export const QUERY: DaemonDefinition = {
  ...IDENTITY,
  summary: "Spoor query: serves the page and the APIs that find and show traces.",
  metricsNamespace: "jaeger_query",
  commands: daemonCommands(),
  environmentVariables: [...storageEnvironment(DEFAULT_STORAGE), ...METRICS_STORAGE_ENVIRONMENT],
  check(environment, args) {
    checkMetricsStorageType(environment);
    refuseWriteOnly(storageTypes(environment, args, DEFAULT_STORAGE));
  },
  flags(environment, args) {
    return [
      ...storageFlags(shownStorageTypes(environment, args, DEFAULT_STORAGE)),
      ...metricsStorageFlags(environment),
      ...queryFlags(),
      TENANCY_FLAGS,
    ];
  },
  notes: [
    "Traces come from the storage that the environment variable SPAN_STORAGE_TYPE names; its flags come first above.",
  ],
  async start(context: DaemonContext): Promise<void> {
    const storage = await openDaemonStorage(context, DEFAULT_STORAGE, { readOnly: true });
    await startQuery(context, storage);
  },
};
