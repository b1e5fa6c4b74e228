export type ServiceErrorCode =
  /** Java or Maven is not there, or not in a version that the server runs on. */
  | "TOOL_MISSING"
  /** Maven could not bring the server's files. */
  | "FETCH_FAILED"
  /** The server ended while it started, or was not ready in time. */
  | "START_FAILED"
  /** A shared server was asked for outside a test run. */
  | "NO_RUN";

export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
