import { GRPC_STATUS, GrpcError } from "@spoor/grpc-server";
import { SpanWireError } from "@spoor/span-wire";
import { StorageError, type StorageErrorCode } from "@spoor/storage-api";

const CODE: Readonly<Record<StorageErrorCode, number>> = {
  OVERLOADED: GRPC_STATUS.RESOURCE_EXHAUSTED,
  UNAVAILABLE: GRPC_STATUS.UNAVAILABLE,
  REJECTED: GRPC_STATUS.INVALID_ARGUMENT,
  UNSUPPORTED_QUERY: GRPC_STATUS.FAILED_PRECONDITION,
  INVALID_QUERY: GRPC_STATUS.INVALID_ARGUMENT,
  CORRUPT: GRPC_STATUS.DATA_LOSS,
  CLOSED: GRPC_STATUS.UNAVAILABLE,
};

/**
 * A store's failure as a status that tells a client whether to come again; v1 calls all of them UNKNOWN. Others are left to the server,
 * which logs them.
 */
export function storageStatus(error: unknown): unknown {
  if (error instanceof StorageError) return new GrpcError(CODE[error.code], error.message, { cause: error });
  return error;
}

/** Reads a request; one that is no protobuf is refused in grpc-go's words, which differ between unary and streaming calls. */
export function readRequest<T>(kind: "unary" | "streaming", read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof SpanWireError)) throw cause;
    const prefix =
      kind === "unary" ? "grpc: error unmarshalling request" : "grpc: failed to unmarshal the received message";
    throw new GrpcError(GRPC_STATUS.INTERNAL, `${prefix}: ${cause.message}`, { cause });
  }
}
