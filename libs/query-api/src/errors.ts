/** Why a face of the query daemon could not do what was asked. None is retryable: the same request fails again. */
export type QueryApiErrorCode =
  /** A request parameter cannot be read; the message is v1's. */
  | "INVALID_PARAMETER"
  /** The UI configuration file cannot be read or has a format that v1 does not know. */
  | "INVALID_UI_CONFIG"
  /** An option contradicts v1's rules (such as a base path that ends with a slash). */
  | "INVALID_OPTION"
  /** A gRPC message is not the protobuf it should be. */
  | "MALFORMED_MESSAGE";

export class QueryApiError extends Error {
  override readonly name = "QueryApiError";
  readonly code: QueryApiErrorCode;
  readonly retryable = false;

  constructor(code: QueryApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A request parameter that cannot be read; `message` is what the client gets to see. */
export function invalidParameter(message: string): QueryApiError {
  return new QueryApiError("INVALID_PARAMETER", message);
}
