import {
  clientTlsFlags,
  DaemonError,
  type FlagDefinition,
  type FlagGroup,
  readWatchedClientTls,
  type Settings,
  type TlsWatchers,
} from "@spoor/daemon";
import { DEFAULT_CONNECTION_TIMEOUT_MS, type GrpcStorageOptions, type RemoteServer } from "@spoor/storage-grpc";

const PREFIX = "grpc-storage";
const ARCHIVE_PREFIX = "grpc-storage-archive";

/** v1's flags (jaegertracing/jaeger `internal/storage/v1/grpc/options.go`). */
export const GRPC_FLAGS: FlagGroup = {
  title: "Remote storage over gRPC (SPAN_STORAGE_TYPE=grpc)",
  flags: [
    ...serverFlags(PREFIX),
    {
      name: `${ARCHIVE_PREFIX}.enabled`,
      type: "bool",
      default: false,
      description: "Archive traces on a server of its own; without it, on the same server where that one archives",
    },
    ...serverFlags(ARCHIVE_PREFIX),
  ],
};

function serverFlags(prefix: string): readonly FlagDefinition[] {
  return [
    {
      name: `${prefix}.server`,
      type: "string",
      default: "",
      description: "The remote storage gRPC server address as host:port",
    },
    {
      name: `${prefix}.connection-timeout`,
      type: "duration",
      default: DEFAULT_CONNECTION_TIMEOUT_MS,
      description: "How long the remote storage gRPC server may take to say what it can do; a start goes on without it",
    },
    ...clientTlsFlags(prefix),
  ];
}

export function readGrpcOptions(settings: Settings, watchers: TlsWatchers): GrpcStorageOptions {
  const tenantHeader = tenantHeaderOf(settings);
  return {
    ...readServer(settings, PREFIX, watchers),
    logger: watchers.logger,
    ...(tenantHeader === undefined ? {} : { tenantHeader }),
    ...(settings.bool(`${ARCHIVE_PREFIX}.enabled`) ? { archive: readServer(settings, ARCHIVE_PREFIX, watchers) } : {}),
  };
}

function readServer(settings: Settings, prefix: string, watchers: TlsWatchers): RemoteServer {
  const server = settings.string(`${prefix}.server`);
  if (server === "") {
    throw new DaemonError("INVALID_SETTINGS", "no remote storage to connect to", {
      hint: `Name it with --${prefix}.server, such as storage:17271.`,
    });
  }
  return {
    server,
    connectionTimeoutMs: settings.durationMs(`${prefix}.connection-timeout`),
    ...readWatchedClientTls(settings, prefix, watchers),
  };
}

/** Daemons that know no tenants, such as an ingester, have no such flags. */
function tenantHeaderOf(settings: Settings): string | undefined {
  if (!settings.flags.has("multi-tenancy.enabled") || !settings.bool("multi-tenancy.enabled")) return undefined;
  return settings.string("multi-tenancy.header").toLowerCase();
}
