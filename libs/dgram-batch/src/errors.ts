/** Why a socket could not be had. None is retryable by itself: something on the host has to change. */
export type DgramErrorCode =
  /** The address cannot be bound: in use, not ours, or not allowed. `cause` is the system's error. */
  | "BIND_FAILED"
  /** The addon was asked for and is not there. */
  | "NO_NATIVE";

export class DgramError extends Error {
  override readonly name = "DgramError";
  readonly code: DgramErrorCode;
  readonly retryable = false;

  constructor(code: DgramErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
