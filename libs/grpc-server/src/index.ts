export { ByteBudget } from "./byte-budget.ts";
export { healthService, ServingState } from "./health.ts";
export { DEFAULT_GRPC_LIMITS, type GrpcLimits } from "./limits.ts";
export * from "./method.ts";
export { REFLECTION_SERVICES, reflectionServices } from "./reflection.ts";
export { type GrpcServer, type GrpcServerOptions, startGrpcServer } from "./server.ts";
export { GRPC_STATUS, GrpcError } from "./status.ts";
export { tenantOfCall } from "./tenant.ts";
