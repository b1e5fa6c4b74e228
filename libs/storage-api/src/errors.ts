/** Why a store could not do what was asked. */
export type StorageErrorCode =
  /** No room now: the caller should come back after {@link StorageError.retryAfterMs}. Nothing was stored. Retryable. */
  | "OVERLOADED"
  /** The store cannot be reached or its disk refuses writes. Retryable. */
  | "UNAVAILABLE"
  /** The spans themselves are refused; sending them again fails again. */
  | "REJECTED"
  /** The store does not support this query (see {@link Capabilities}). */
  | "UNSUPPORTED_QUERY"
  /** The query's parameters are wrong. */
  | "INVALID_QUERY"
  /** Stored data cannot be read. */
  | "CORRUPT"
  /** The store was closed. */
  | "CLOSED";

const RETRYABLE: ReadonlySet<StorageErrorCode> = new Set(["OVERLOADED", "UNAVAILABLE"]);

export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly code: StorageErrorCode;
  /** A hint in milliseconds, with `OVERLOADED`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: StorageErrorCode,
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** True when the same call may succeed later. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}
