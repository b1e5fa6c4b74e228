export { grpcErrorText } from "./error-text.ts";
export { type CallOptions, GrpcClient, type GrpcClientOptions } from "./grpc-client.ts";
