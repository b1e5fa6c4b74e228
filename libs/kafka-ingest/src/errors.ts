/** Why a message is no span. It never becomes one: the message goes to the dead letters. */
export type MessageErrorCode =
  /** There is no value, or one without a byte. */
  | "EMPTY"
  /** The value is not what the encoding promises. */
  | "UNDECODABLE"
  /** The store refuses the span for what it is. */
  | "REFUSED";

export class MessageError extends Error {
  override readonly name = "MessageError";
  readonly code: MessageErrorCode;
  readonly retryable = false;

  constructor(code: MessageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
