import { QueryServiceError } from "@spoor/query-service";
import { StorageError } from "@spoor/storage-api";
import { QueryApiError } from "../errors.ts";

/** How a face answers an error: an HTTP status, a text for the client, and when to come back. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** v1's texts. */
export const TRACE_NOT_FOUND = "trace not found";
export const ARCHIVE_NOT_CONFIGURED = "archive span storage was not configured";

const STORAGE_STATUS: Readonly<Record<StorageError["code"], number>> = {
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  REJECTED: 500,
  UNSUPPORTED_QUERY: 400,
  INVALID_QUERY: 400,
  CORRUPT: 500,
  CLOSED: 503,
};

/** v1 answers every storage error with 500; here the client can tell "later" and "never so" from a fault. */
export function failureOf(error: unknown): Failure {
  if (error instanceof QueryApiError && error.code === "INVALID_PARAMETER")
    return { status: 400, message: error.message };
  if (error instanceof QueryServiceError)
    return { status: error.code === "TRACE_NOT_FOUND" ? 404 : 500, message: error.message };
  if (error instanceof StorageError) {
    const retryAfter = error.code === "OVERLOADED" ? { retryAfterMs: error.retryAfterMs ?? 1000 } : {};
    return { status: STORAGE_STATUS[error.code], message: error.message, ...retryAfter };
  }
  // What an unexpected error says may not be meant for clients; the log has it.
  return { status: 500, message: "internal error" };
}
