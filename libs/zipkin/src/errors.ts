/** Why a Zipkin message was refused. None is retryable: the same bytes fail again. */
export type ZipkinErrorCode =
  /** Not JSON, Thrift or protobuf of the expected shape. */
  | "MALFORMED"
  /** A span's id is missing, zero, of a wrong length or not hex; or another field has a value that no span can have. */
  | "INVALID_SPAN"
  /** A count, size or nesting limit of the decoder was passed. */
  | "LIMIT_EXCEEDED";

/** The message is the text v1 answers with, where it has one. */
export class ZipkinError extends Error {
  override readonly name = "ZipkinError";
  readonly code: ZipkinErrorCode;
  readonly retryable = false;

  constructor(code: ZipkinErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
