import type { TlsOptions } from "node:tls";
import {
  type GrpcLimits,
  type GrpcServer,
  type GrpcService,
  guarded,
  healthService,
  REFLECTION_SERVICES,
  reflectionServices,
  ServingState,
  startGrpcServer,
  tenantOfCall,
} from "@spoor/grpc-server";
import { descriptorFiles } from "@spoor/proto-descriptors";
import type { Storage } from "@spoor/storage-api";
import type { Tenancy } from "@spoor/tenancy";
import type { BaseLogger } from "pino";
import { encodeCapabilities } from "../wire/replies.ts";
import { SERVICE } from "../wire/services.ts";
import { bearerTokenOf, type CallerOf } from "./caller.ts";
import { storageDescriptorFiles } from "./descriptors.ts";
import { archiveReaderService, dependenciesService, readerService } from "./reader-services.ts";
import { DEFAULT_WRITE_LIMITS, type WriteLimits } from "./write-limits.ts";
import { archiveWriterService, type TenantOf, writerServices } from "./writer-services.ts";

export interface StorageGrpcOptions {
  /** "" means every interface, both IP versions. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** The store that is served; whoever opened it closes it. */
  readonly storage: Storage;
  readonly tenancy: Tenancy;
  /** Reads pass the caller's own token (`bearer.token`) on to the store. */
  readonly bearerTokenPropagation?: boolean;
  readonly tls?: TlsOptions;
  readonly logger: BaseLogger;
  /** A message may have 16 MiB unless given: a collector takes spans of 4 MiB and adds to them. */
  readonly limits?: Partial<GrpcLimits>;
  readonly writeLimits?: Partial<WriteLimits>;
  /** Called once per call that ended with another status than OK, with the status' name. */
  readonly onRefused?: (status: string) => void;
}

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** v1's collectors keep up to a thousand streams to write on. */
const MAX_CONCURRENT_STREAMS = 1100;

/** Serves a store by v1's remote storage API. Resolves when it listens. */
export async function startStorageGrpc(options: StorageGrpcOptions): Promise<GrpcServer> {
  const state = new ServingState();
  const server = await startGrpcServer({
    host: options.host,
    port: options.port,
    logger: options.logger,
    services: servicesOf(options, state),
    limits: { maxMessageBytes: MAX_MESSAGE_BYTES, maxConcurrentStreams: MAX_CONCURRENT_STREAMS, ...options.limits },
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.onRefused === undefined ? {} : { onRefused: options.onRefused }),
  });
  return {
    address: server.address,
    ...(server.updateTls === undefined ? {} : { updateTls: server.updateTls }),
    close() {
      state.set(false);
      return server.close();
    },
  };
}

function servicesOf(options: StorageGrpcOptions, state: ServingState): readonly GrpcService[] {
  const { storage, tenancy } = options;
  const tenantOf: TenantOf = (call) => tenantOfCall(tenancy, call);
  const callerOf: CallerOf = (call) => {
    const tenant = tenantOf(call);
    const bearerToken = options.bearerTokenPropagation === true ? bearerTokenOf(call) : undefined;
    return bearerToken === undefined ? { tenant } : { tenant, bearerToken };
  };
  const { archive } = storage;
  const services: readonly GrpcService[] = [
    ...writerServices(storage.writer, tenantOf, { ...DEFAULT_WRITE_LIMITS, ...options.writeLimits }),
    readerService(storage.reader, callerOf),
    dependenciesService(storage.dependencies, callerOf),
    capabilitiesService(storage),
    ...(archive === undefined
      ? []
      : [archiveWriterService(archive.writer, tenantOf), archiveReaderService(archive.reader, callerOf)]),
  ];
  const names = services.map(({ name }) => name);
  const health = healthService(state, names);
  const reflected = reflectionServices(
    [...names, health.name, ...REFLECTION_SERVICES],
    [...descriptorFiles(), ...storageDescriptorFiles()],
  );
  // v1 lets nobody without a tenant in, not even to these.
  return [...services, guarded(health, tenantOf), ...reflected.map((service) => guarded(service, tenantOf))];
}

function capabilitiesService({ archive, capabilities }: Storage): GrpcService {
  const { persistent, searchWithoutService } = capabilities;
  const reply = encodeCapabilities({
    archive: archive !== undefined,
    streamingWrites: true,
    store: { persistent, searchWithoutService },
  });
  return { name: SERVICE.capabilities, methods: { Capabilities: { kind: "unary", handle: () => reply } } };
}
