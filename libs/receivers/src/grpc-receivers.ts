import {
  healthService,
  REFLECTION_SERVICES,
  reflectionServices,
  ServingState,
  startGrpcServer,
} from "@spoor/grpc-server";
import { descriptorFiles } from "@spoor/proto-descriptors";
import { COLLECTOR_SERVICE, collectorService } from "./grpc-services/collector-service.ts";
import { SAMPLING_MANAGER, samplingManager } from "./grpc-services/sampling-manager.ts";
import { traceService } from "./grpc-services/trace-service.ts";
import { refusalCounter } from "./metrics.ts";
import type { CollectorGrpcOptions, OtlpGrpcOptions } from "./options.ts";
import type { Receiver } from "./receiver.ts";

/** The gRPC port of a collector (14250): PostSpans, sampling strategies, health and reflection. */
export async function startCollectorGrpc(options: CollectorGrpcOptions): Promise<Receiver> {
  const state = new ServingState();
  const health = healthService(state, [COLLECTOR_SERVICE, SAMPLING_MANAGER]);
  const names = [COLLECTOR_SERVICE, SAMPLING_MANAGER, health.name, ...REFLECTION_SERVICES];
  const server = await startGrpcServer({
    ...options,
    services: [
      collectorService(options.writer, options.tenancy),
      samplingManager(options.strategies),
      health,
      ...reflectionServices(names, descriptorFiles()),
    ],
    onRefused: refusalCounter(options.registry, "collector-grpc"),
  });
  return {
    address: server.address,
    ...(server.updateTls !== undefined && { updateTls: server.updateTls }),
    close: () => {
      state.set(false);
      return server.close();
    },
  };
}

/** The gRPC port of OTLP (4317): Export and nothing else, as in v1. */
export async function startOtlpGrpc(options: OtlpGrpcOptions): Promise<Receiver> {
  return startGrpcServer({
    ...options,
    services: [traceService(options.writer, options.tenancy)],
    onRefused: refusalCounter(options.registry, "otlp-grpc"),
  });
}
