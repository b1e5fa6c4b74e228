import {
  type DaemonContext,
  type DaemonDefinition,
  DaemonError,
  daemonCommands,
  inFlightBoundBytes,
} from "@spoor/daemon";
import { createIngest } from "@spoor/ingest";
import { INGESTER_FLAGS, readDownsampling, readIngesterOptions, startIngester } from "@spoor/kafka-ingest";
import {
  openDaemonStorage,
  shownStorageTypes,
  storageEnvironment,
  storageFlags,
  storageTypes,
} from "@spoor/storage-factory";
import { IDENTITY } from "./identity.ts";

/** v1's default. */
const DEFAULT_STORAGE = "cassandra";

/** Moves spans from a Kafka topic to a store. */
export const INGESTER: DaemonDefinition = {
  ...IDENTITY,
  summary: "Spoor ingester: moves spans from a Kafka topic to a store, losing none that a collector acknowledged.",
  metricsNamespace: "jaeger_ingester",
  commands: daemonCommands(),
  environmentVariables: storageEnvironment(DEFAULT_STORAGE),
  check(environment, args) {
    if (storageTypes(environment, args, DEFAULT_STORAGE).includes("kafka")) {
      throw new DaemonError("INVALID_SETTINGS", "an ingester cannot store spans in Kafka, where they come from", {
        hint: "SPAN_STORAGE_TYPE names the store that queries read.",
      });
    }
  },
  flags(environment, args) {
    return [...storageFlags(shownStorageTypes(environment, args, DEFAULT_STORAGE)), INGESTER_FLAGS];
  },
  notes: ["Spans go to the storage that the environment variable SPAN_STORAGE_TYPE names; its flags come first above."],
  async start(context: DaemonContext): Promise<void> {
    const { settings, logger, registry, lifecycle, readiness, stopping } = context;
    const options = readIngesterOptions(settings, { logger, registry });
    const downsampling = readDownsampling(settings);
    const storage = await openDaemonStorage(context, DEFAULT_STORAGE);
    const ingest = createIngest({
      writer: storage.writer,
      logger,
      registry,
      ...downsampling,
      maxInFlightBytes: inFlightBoundBytes(),
    });
    const ingester = await startIngester(
      {
        ...options,
        writer: ingest,
        logger,
        registry,
        onState: (problem) => readiness.report("kafka", problem),
        onFailure: context.fail,
      },
      stopping,
    );
    lifecycle.add("ingester", () => ingester.close());
  },
};
