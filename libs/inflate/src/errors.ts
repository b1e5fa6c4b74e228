/** Why a compressed body could not be inflated. */
export type InflateErrorCode =
  /** The bytes are not what the encoding promises. */
  | "CORRUPT"
  /** The inflated bytes would pass the limit; inflating stopped there. */
  | "TOO_LARGE";

export class InflateError extends Error {
  override readonly name = "InflateError";
  readonly code: InflateErrorCode;

  constructor(code: InflateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
