/** Why encoded spans were refused. None is retryable: the same bytes fail again. */
export type SpanWireErrorCode =
  /** A field runs past the end of its message, a varint is too long, or a wire type is unknown. */
  | "MALFORMED"
  /** A trace or span id has another length than the wire form allows. */
  | "INVALID_ID"
  /** A timestamp or duration is outside what protobuf allows. */
  | "INVALID_TIME"
  /** A count or size limit of the decoder was passed. */
  | "LIMIT_EXCEEDED";

export class SpanWireError extends Error {
  override readonly name = "SpanWireError";
  readonly code: SpanWireErrorCode;
  readonly retryable = false;

  constructor(code: SpanWireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
