/** Why a request body was not taken. */
export type HttpBodyErrorCode =
  /** Longer than the limit. */
  | "TOO_LARGE"
  /** Slower than the limit. */
  | "TOO_SLOW"
  /** Other bodies take the room there is. Retryable. */
  | "BUSY"
  /** The connection ended before the body did. */
  | "CUT";

export class HttpBodyError extends Error {
  override readonly name = "HttpBodyError";
  readonly code: HttpBodyErrorCode;

  constructor(code: HttpBodyErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get retryable(): boolean {
    return this.code === "BUSY";
  }
}
