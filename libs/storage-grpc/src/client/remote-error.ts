import { type ServiceError, status } from "@grpc/grpc-js";
import { grpcErrorText } from "@spoor/grpc-client";
import { SpanWireError } from "@spoor/span-wire";
import { StorageError, type StorageErrorCode } from "@spoor/storage-api";
import { NOT_IMPLEMENTED, TRACE_NOT_FOUND } from "../wire/services.ts";

const RETRY_AFTER_MS = 1000;

/** What statuses mean for both; v1's server answers UNKNOWN to whatever its store fails with, such as a Cassandra that is away. */
const CODE: Readonly<Record<number, StorageErrorCode>> = {
  [status.CANCELLED]: "UNAVAILABLE",
  [status.UNKNOWN]: "UNAVAILABLE",
  [status.DEADLINE_EXCEEDED]: "UNAVAILABLE",
  [status.ABORTED]: "UNAVAILABLE",
  [status.UNAVAILABLE]: "UNAVAILABLE",
  [status.RESOURCE_EXHAUSTED]: "OVERLOADED",
  [status.DATA_LOSS]: "CORRUPT",
};
const READ_CODE: Readonly<Record<number, StorageErrorCode>> = {
  ...CODE,
  [status.INVALID_ARGUMENT]: "INVALID_QUERY",
  [status.UNAUTHENTICATED]: "INVALID_QUERY",
  [status.PERMISSION_DENIED]: "INVALID_QUERY",
  [status.UNIMPLEMENTED]: "UNSUPPORTED_QUERY",
  [status.FAILED_PRECONDITION]: "UNSUPPORTED_QUERY",
};

/** A failed call as the error of a store. What is no status, such as the reason of an aborted signal, stays what it is. */
export function remoteError(error: unknown, kind: "read" | "write", server: string): unknown {
  if (error instanceof SpanWireError) {
    return new StorageError("CORRUPT", `remote storage ${server} sent what cannot be read: ${error.message}`, {
      cause: error,
    });
  }
  if (!isServiceError(error)) return error;
  const code = codeOf(error, kind);
  return new StorageError(code, `remote storage ${server}: ${grpcErrorText(error)}`, {
    cause: error,
    ...(code === "OVERLOADED" ? { retryAfterMs: RETRY_AFTER_MS } : {}),
  });
}

function codeOf({ code, details }: ServiceError, kind: "read" | "write"): StorageErrorCode {
  // Of a message, which would be too long the next time, too.
  if (code === status.RESOURCE_EXHAUSTED && details.includes("larger than max")) {
    return kind === "read" ? "CORRUPT" : "REJECTED";
  }
  // The connection's, not the server's own.
  if (code === status.INTERNAL && details.startsWith("Received RST_STREAM")) return "UNAVAILABLE";
  const known = (kind === "read" ? READ_CODE : CODE)[code];
  return known ?? (kind === "read" ? "CORRUPT" : "REJECTED");
}

/** The server has no such trace. */
export function isTraceNotFound(error: unknown): boolean {
  return isServiceError(error) && (error.code === status.NOT_FOUND || error.details === TRACE_NOT_FOUND);
}

/** The server, or v1's store behind it, does not have this method. */
export function isNotImplemented(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  return (
    error.code === status.UNIMPLEMENTED || (error.code === status.UNKNOWN && error.details.includes(NOT_IMPLEMENTED))
  );
}

/** The server lets nobody in without a tenant. */
export function isDenied(error: unknown): boolean {
  return isServiceError(error) && (error.code === status.UNAUTHENTICATED || error.code === status.PERMISSION_DENIED);
}

function isServiceError(error: unknown): error is ServiceError {
  const { code, details } = (error ?? {}) as Partial<ServiceError>;
  return typeof code === "number" && typeof details === "string";
}
