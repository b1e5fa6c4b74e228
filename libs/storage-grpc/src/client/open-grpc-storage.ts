import {
  type DependencyLink,
  type DependencyReader,
  type Storage,
  StorageError,
  type TraceReader,
} from "@spoor/storage-api";
import { decodeDependencies } from "../wire/replies.ts";
import { encodeGetDependencies } from "../wire/requests.ts";
import { SERVICE } from "../wire/services.ts";
import { DEFAULT_CLIENT_LIMITS, type GrpcStorageOptions, type RemoteServer } from "./options.ts";
import { Remote } from "./remote.ts";
import { RemoteReader } from "./remote-reader.ts";
import { archiveWriter, RemoteWriter } from "./remote-writer.ts";

/**
 * A store behind v1's remote storage API. A server that is away is no failure here: calls are `UNAVAILABLE` until it is there, and the connection
 * comes back by itself. What a server says of its archive counts when it is asked at the start.
 */
export async function openGrpcStorage(options: GrpcStorageOptions): Promise<Storage> {
  const remote = remoteOf(options, options);
  const known = await askAtStart(remote, options, options);
  const archiveRemote = options.archive === undefined ? undefined : remoteOf(options.archive, options);
  if (archiveRemote !== undefined && options.archive !== undefined) {
    await askAtStart(archiveRemote, options.archive, options);
  }
  const archive =
    archiveRemote !== undefined ? separateArchive(archiveRemote) : known?.archive ? ownArchive(remote) : undefined;
  return {
    kind: "grpc",
    capabilities: {
      // What another process keeps is still there when this one starts again.
      persistent: known?.store?.persistent ?? true,
      searchWithoutService: known?.store?.searchWithoutService ?? false,
      tenancy: options.tenantHeader !== undefined,
      archive: archive !== undefined,
    },
    writer: new RemoteWriter(remote),
    reader: new RemoteReader(remote),
    dependencies: remoteDependencies(remote),
    ...(archive === undefined ? {} : { archive }),
    async close() {
      await Promise.all([remote.close(), archiveRemote?.close()]);
    },
  };
}

function remoteOf(server: RemoteServer, { tenantHeader, logger, limits }: GrpcStorageOptions): Remote {
  return new Remote({
    server: server.server,
    ...(server.tls === undefined ? {} : { tls: server.tls }),
    ...(server.watchTls === undefined ? {} : { watchTls: server.watchTls }),
    ...(server.connectionTimeoutMs === undefined ? {} : { connectionTimeoutMs: server.connectionTimeoutMs }),
    tenantHeader,
    logger,
    limits: { ...DEFAULT_CLIENT_LIMITS, ...limits },
  });
}

async function askAtStart(remote: Remote, { server }: RemoteServer, { logger }: GrpcStorageOptions) {
  try {
    const capabilities = await remote.capabilities();
    logger.info({ server, ...capabilities }, "Remote storage");
    return capabilities;
  } catch (error) {
    const failure = remote.failure(error, "read");
    logger.warn({ server, err: failure }, "The remote storage does not answer; it is tried again with each call");
    return undefined;
  }
}

function remoteDependencies(remote: Remote): DependencyReader {
  return {
    async getDependencies(range, options): Promise<readonly DependencyLink[]> {
      const request = encodeGetDependencies(range);
      try {
        return decodeDependencies(await remote.ask(SERVICE.dependencies, "GetDependencies", request, options));
      } catch (error) {
        throw remote.failure(error, "read");
      }
    },
  };
}

/** A server of its own, as v1 has had it since 1.66. */
function separateArchive(remote: Remote): NonNullable<Storage["archive"]> {
  return { reader: new RemoteReader(remote), writer: new RemoteWriter(remote) };
}

/** The archive of the server itself, as v1 had it before; it is written and read by trace, and not searched. */
function ownArchive(remote: Remote): NonNullable<Storage["archive"]> {
  const traces = new RemoteReader(remote, { service: SERVICE.archiveReader, method: "GetArchiveTrace" });
  const unsupported = () =>
    Promise.reject(new StorageError("UNSUPPORTED_QUERY", "a remote archive is read by trace only"));
  const reader: TraceReader = {
    getTrace: (traceId, options) => traces.getTrace(traceId, options),
    getTraces: (traceIds, options) => traces.getTraces(traceIds, options),
    findTraceIds: unsupported,
    getServices: unsupported,
    getOperations: unsupported,
  };
  return { reader, writer: archiveWriter(remote) };
}
