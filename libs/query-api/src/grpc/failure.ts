import { GRPC_STATUS, GrpcError } from "@spoor/grpc-server";
import { QueryServiceError } from "@spoor/query-service";
import { StorageError, type StorageErrorCode } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import { QueryApiError } from "../errors.ts";

const STORAGE_CODE: Readonly<Record<StorageErrorCode, number>> = {
  OVERLOADED: GRPC_STATUS.RESOURCE_EXHAUSTED,
  UNAVAILABLE: GRPC_STATUS.UNAVAILABLE,
  REJECTED: GRPC_STATUS.INTERNAL,
  UNSUPPORTED_QUERY: GRPC_STATUS.INVALID_ARGUMENT,
  INVALID_QUERY: GRPC_STATUS.INVALID_ARGUMENT,
  CORRUPT: GRPC_STATUS.INTERNAL,
  CLOSED: GRPC_STATUS.UNAVAILABLE,
};

/**
 * An error of the query service as a status, its text prefixed as in v1 (`failed to fetch spans from the backend: …`). v1 calls all of
 * them INTERNAL; the codes here tell a client whether to come again.
 */
export function grpcFailure(error: unknown, prefix: string, logger: BaseLogger): GrpcError {
  if (error instanceof GrpcError) return error;
  if (error instanceof QueryServiceError)
    return error.code === "TRACE_NOT_FOUND"
      ? new GrpcError(GRPC_STATUS.NOT_FOUND, `trace not found: ${error.message}`, { cause: error })
      : new GrpcError(GRPC_STATUS.INTERNAL, `${prefix}: ${error.message}`, { cause: error });
  if (error instanceof StorageError)
    return new GrpcError(STORAGE_CODE[error.code], `${prefix}: ${error.message}`, { cause: error });
  logger.error({ err: error }, prefix);
  return new GrpcError(GRPC_STATUS.INTERNAL, `${prefix}: internal error`, { cause: error });
}

/** Reads a request; one that is no protobuf is refused in grpc-go's words, which differ between unary and streaming calls. */
export function readRequest<T>(kind: "unary" | "streaming", read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof QueryApiError) || cause.code !== "MALFORMED_MESSAGE") throw cause;
    const prefix =
      kind === "unary" ? "grpc: error unmarshalling request" : "grpc: failed to unmarshal the received message";
    throw new GrpcError(GRPC_STATUS.INTERNAL, `${prefix}: ${cause.message}`, { cause });
  }
}
