export * from "./errors.ts";
export { createQueryGrpc } from "./grpc/server.ts";
export { createQueryHttp } from "./http/server.ts";
export * from "./options.ts";
