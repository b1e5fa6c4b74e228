import { KafkaError } from "@spoor/kafka-client";
import { StorageError, type StorageErrorCode } from "@spoor/storage-api";

const RETRY_AFTER_MS = 1000;

/** The client's error as the store's. What an operator can mend, such as a password, is worth keeping spans for: `UNAVAILABLE`. */
export function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (!(error instanceof KafkaError)) throw error;
  const code = codeOf(error);
  return new StorageError(code, error.message, {
    cause: error,
    ...(code === "OVERLOADED" ? { retryAfterMs: RETRY_AFTER_MS } : {}),
  });
}

function codeOf({ code }: KafkaError): StorageErrorCode {
  switch (code) {
    case "FULL":
      return "OVERLOADED";
    case "TOO_LARGE":
    case "REFUSED":
    case "UNSUPPORTED":
    case "CORRUPT":
      return "REJECTED";
    case "CLOSED":
      return "CLOSED";
    default:
      return "UNAVAILABLE";
  }
}
