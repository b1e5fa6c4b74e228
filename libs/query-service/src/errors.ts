/** Why the query service could not do what was asked; a store's own errors pass through as they are. */
export type QueryServiceErrorCode =
  /** There is no archive to copy traces to. */
  | "ARCHIVE_NOT_CONFIGURED"
  /** The trace to archive is in no store. */
  | "TRACE_NOT_FOUND";

const MESSAGES: Readonly<Record<QueryServiceErrorCode, string>> = {
  // v1's words, which its clients show.
  ARCHIVE_NOT_CONFIGURED: "archive span storage was not configured",
  TRACE_NOT_FOUND: "trace not found",
};

export class QueryServiceError extends Error {
  override readonly name = "QueryServiceError";
  readonly code: QueryServiceErrorCode;
  readonly retryable = false;

  constructor(code: QueryServiceErrorCode, options?: ErrorOptions) {
    super(MESSAGES[code], options);
    this.code = code;
  }
}
