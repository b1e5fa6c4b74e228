export { openGrpcStorage } from "./client/open-grpc-storage.ts";
export {
  type ClientLimits,
  DEFAULT_CONNECTION_TIMEOUT_MS,
  type GrpcStorageOptions,
  type RemoteServer,
} from "./client/options.ts";
export { type StorageGrpcOptions, startStorageGrpc } from "./server/start-storage-grpc.ts";
export { DEFAULT_WRITE_LIMITS, type WriteLimits } from "./server/write-limits.ts";
