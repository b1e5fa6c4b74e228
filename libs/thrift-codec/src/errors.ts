/** Why Thrift bytes were refused. None is retryable: the same bytes fail again. */
export type ThriftErrorCode =
  /** The bytes are no Thrift of the expected protocol, or end too early. */
  | "MALFORMED"
  /** A field that the IDL requires is missing. */
  | "MISSING_FIELD"
  /** A declared size, a count or the nesting is beyond what the bytes can hold or the limits allow. */
  | "LIMIT_EXCEEDED"
  /** The message calls a method that an agent does not have. */
  | "UNKNOWN_METHOD"
  /** A time lies outside the years 1 to 9999. */
  | "INVALID_TIME"
  /** A Zipkin span names no service anywhere. */
  | "NO_SERVICE_NAME";

/** Has no stack: the message says where in the bytes, and taking the stack was most of what a flood of garbage cost. */
export class ThriftError extends Error {
  override readonly name = "ThriftError";
  readonly code: ThriftErrorCode;
  readonly retryable = false;

  constructor(code: ThriftErrorCode, message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
  }

  /** The same error with words in front of its message, which is how Go says where in the structure it happened. */
  within(prefix: string): ThriftError {
    return new ThriftError(this.code, prefix + this.message, { cause: this });
  }
}
