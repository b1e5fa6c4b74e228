import { startListening, TENANCY_FLAGS, tenancyOf } from "@spoor/composition";
import {
  type DaemonContext,
  type DaemonDefinition,
  DaemonError,
  daemonCommands,
  inFlightBoundBytes,
  readServerTls,
} from "@spoor/daemon";
import { measureReader } from "@spoor/query-service";
import { refusalCounter } from "@spoor/receivers";
import {
  openDaemonStorage,
  shownStorageTypes,
  storageEnvironment,
  storageFlags,
  storageTypes,
} from "@spoor/storage-factory";
import { startStorageGrpc } from "@spoor/storage-grpc";
import { IDENTITY } from "./identity.ts";
import { GRPC_HOST_PORT, GRPC_TLS_PREFIX, SERVER_FLAGS } from "./remote-storage-flags.ts";

/** v1's default. */
const DEFAULT_STORAGE = "memory";

/** Shares a store between daemons, such as one that only one process can open. */
export const REMOTE_STORAGE: DaemonDefinition = {
  ...IDENTITY,
  summary: "Spoor remote storage: serves one store to many collectors and queries, by v1's remote storage API.",
  metricsNamespace: "jaeger_remote_storage",
  commands: daemonCommands(),
  environmentVariables: storageEnvironment(DEFAULT_STORAGE),
  check(environment, args) {
    if (storageTypes(environment, args, DEFAULT_STORAGE)[0] === "kafka") {
      throw new DaemonError("INVALID_SETTINGS", "kafka storage is write-only", {
        hint: "SPAN_STORAGE_TYPE names the store that is served; a collector writes to Kafka itself.",
      });
    }
  },
  flags(environment, args) {
    return [...storageFlags(shownStorageTypes(environment, args, DEFAULT_STORAGE)), SERVER_FLAGS, TENANCY_FLAGS];
  },
  notes: ["The storage that the environment variable SPAN_STORAGE_TYPE names is served; its flags come first above."],
  start: startRemoteStorage,
};

async function startRemoteStorage(context: DaemonContext): Promise<void> {
  const { settings, logger, registry } = context;
  const tls = readServerTls(settings, GRPC_TLS_PREFIX);
  const opened = await openDaemonStorage(context, DEFAULT_STORAGE);
  const { kind, capabilities, writer, dependencies, archive } = opened;
  await startListening(
    context,
    "remote storage gRPC",
    GRPC_HOST_PORT,
    (at) =>
      startStorageGrpc({
        ...at,
        storage: {
          kind,
          capabilities,
          writer,
          dependencies,
          ...(archive === undefined ? {} : { archive }),
          reader: measureReader(opened.reader, { registry, kind }),
          close: () => opened.close(),
        },
        tenancy: tenancyOf(settings),
        // As in v1, a token is for another server of this API, and no store here is asked in the name of who reads.
        bearerTokenPropagation: kind === "grpc",
        logger,
        onRefused: refusalCounter(registry, "remote-storage-grpc"),
        writeLimits: { maxBytes: inFlightBoundBytes() },
        ...(tls === undefined ? {} : { tls }),
      }),
    GRPC_TLS_PREFIX,
  );
}
