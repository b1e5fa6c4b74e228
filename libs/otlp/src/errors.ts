/** Why an OTLP message was refused. None is retryable: the same bytes fail again. */
export type OtlpErrorCode =
  /** Not protobuf or JSON of the expected shape. */
  | "MALFORMED"
  /** A trace or span id has another length than OTLP allows, or is not hex. */
  | "INVALID_ID"
  /** A count, size or nesting limit of the decoder was passed. */
  | "LIMIT_EXCEEDED";

/** The message is the text v1 answers with, where it has one. */
export class OtlpError extends Error {
  override readonly name = "OtlpError";
  readonly code: OtlpErrorCode;
  readonly retryable = false;

  constructor(code: OtlpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
