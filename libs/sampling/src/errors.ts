/** Why sampling strategies could not be read. */
export type SamplingErrorCode =
  /** The file or URL cannot be read now. Retryable. */
  | "SOURCE_UNAVAILABLE"
  /** What was read is no strategies document. */
  | "INVALID_STRATEGIES"
  /** A flag of adaptive sampling has a value that cannot be. */
  | "INVALID_OPTIONS"
  /** A strategy does not fit the asked shape (a rate above 32767 in the legacy JSON). */
  | "NOT_REPRESENTABLE";

export class SamplingError extends Error {
  override readonly name = "SamplingError";
  readonly code: SamplingErrorCode;

  constructor(code: SamplingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return this.code === "SOURCE_UNAVAILABLE";
  }
}
