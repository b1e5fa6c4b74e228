export { startCollectorGrpc, startOtlpGrpc } from "./grpc-receivers.ts";
// The gRPC server itself, for other daemons' services.
export * from "./grpc-server/method.ts";
export { type GrpcServerOptions, startGrpcServer } from "./grpc-server/server.ts";
export { GRPC_STATUS, GrpcError } from "./grpc-server/status.ts";
export { type DescriptorFile, descriptorFiles } from "./grpc-services/descriptors.ts";
export { healthService, ServingState } from "./grpc-services/health.ts";
export { REFLECTION_SERVICES, reflectionServices } from "./grpc-services/reflection.ts";
export { tenantOfCall } from "./grpc-services/tenant.ts";
export * from "./limits.ts";
export * from "./options.ts";
export * from "./receiver.ts";
