import { GRPC_STATUS, GrpcError } from "@spoor/grpc-server";
import { StorageError } from "@spoor/storage-api";
import { encodeRpcStatus } from "./rpc-status.ts";

/** How a failed write is told to a sender. */
export interface WriteFailure {
  /** For the label of refused requests. */
  readonly reason: "overloaded" | "unavailable" | "rejected" | "failed";
  readonly grpcCode: number;
  readonly httpStatus: number;
  readonly message: string;
  /** Milliseconds after which the sender may try again, when it may. */
  readonly retryAfterMs: number | undefined;
}

/** Without RetryInfo an OTLP client must not retry RESOURCE_EXHAUSTED, so there is always a hint. */
const DEFAULT_RETRY_MS = 1_000;

/** Maps what a SpanWriter rejects with to protocol errors. What is no StorageError is a defect of ours: not retryable. */
export function writeFailure(error: unknown): WriteFailure {
  const code = error instanceof StorageError ? error.code : undefined;
  const message = error instanceof StorageError ? error.message : "internal error";
  switch (code) {
    case "OVERLOADED": {
      const retryAfterMs = (error as StorageError).retryAfterMs ?? DEFAULT_RETRY_MS;
      const grpcCode = GRPC_STATUS.RESOURCE_EXHAUSTED;
      return { reason: "overloaded", grpcCode, httpStatus: 429, message, retryAfterMs };
    }
    case "UNAVAILABLE":
    case "CLOSED": {
      const retryAfterMs = (error as StorageError).retryAfterMs;
      return { reason: "unavailable", grpcCode: GRPC_STATUS.UNAVAILABLE, httpStatus: 503, message, retryAfterMs };
    }
    case "REJECTED": {
      const grpcCode = GRPC_STATUS.INVALID_ARGUMENT;
      return { reason: "rejected", grpcCode, httpStatus: 400, message, retryAfterMs: undefined };
    }
    default:
      return { reason: "failed", grpcCode: GRPC_STATUS.INTERNAL, httpStatus: 500, message, retryAfterMs: undefined };
  }
}

/** The failure as a gRPC status, with RetryInfo when there is a hint. */
export function writeFailureStatus(error: unknown): GrpcError {
  const { grpcCode, message, retryAfterMs } = writeFailure(error);
  const details = retryAfterMs === undefined ? undefined : encodeRpcStatus(grpcCode, message, retryAfterMs);
  return new GrpcError(grpcCode, message, { cause: error, details });
}

/** `Retry-After` in whole seconds, at least one. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}
