export * from "./grpc-client.ts";
