import { StorageError, type StorageErrorCode } from "@spoor/storage-api";

/** An answer that is no success, in the words of v1's client (prometheus/client_golang `api/prometheus/v1`): the type, and what is wrong. */
export function queryFailure(
  code: StorageErrorCode,
  type: string,
  text: string,
  options?: ErrorOptions & { readonly retryAfterMs?: number },
): StorageError {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  return new StorageError(code, `failed executing metrics query: ${type}: ${short}`, options);
}

/** What a server says may be as long as the query. */
const MAX_TEXT = 1000;

/** The same failure, as part of what was asked for. */
export function within(doing: string, error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  const { code, message, retryAfterMs } = error;
  return new StorageError(code, `${doing}: ${message}`, {
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

export function closed(): StorageError {
  return new StorageError("CLOSED", "the metrics store is closed");
}
