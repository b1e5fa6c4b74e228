/** The gRPC server itself, with health and reflection, for the services of other daemons. */
export * from "./grpc-server/method.ts";
export { type GrpcServerOptions, startGrpcServer } from "./grpc-server/server.ts";
export { GRPC_STATUS, GrpcError } from "./grpc-server/status.ts";
export { type DescriptorFile, descriptorFiles } from "./grpc-services/descriptors.ts";
export { healthService, ServingState } from "./grpc-services/health.ts";
export { REFLECTION_SERVICES, reflectionServices } from "./grpc-services/reflection.ts";
export { tenantOfCall } from "./grpc-services/tenant.ts";
