export { startCollectorGrpc, startOtlpGrpc } from "./grpc-receivers.ts";
export * from "./limits.ts";
export * from "./options.ts";
export * from "./receiver.ts";
