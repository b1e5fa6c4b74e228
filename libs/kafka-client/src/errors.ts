/** What went wrong between us and Kafka. */
export type KafkaErrorCode =
  /** No broker can be reached, or the connection broke. Retryable. */
  | "UNREACHABLE"
  /** The broker refuses name and password, or wants some. Retryable: an operator mends it. */
  | "CREDENTIALS"
  /** The TLS handshake failed. Retryable. */
  | "TLS"
  /** The topic does not exist and the broker does not create it. Retryable. */
  | "TOPIC_MISSING"
  /** An access rule of the broker is against it. Retryable. */
  | "FORBIDDEN"
  /** The broker did not take the records in time; whether it has them is open. Retryable. */
  | "TIMEOUT"
  /** The broker cannot take records now, such as with too few replicas in sync. Retryable. */
  | "UNAVAILABLE"
  /** As many bytes wait for the broker as may. Retryable. */
  | "FULL"
  /** A record is larger than the topic takes. */
  | "TOO_LARGE"
  /** The broker refuses the records for what they are. */
  | "REFUSED"
  /** The options ask for something that is not there. */
  | "UNSUPPORTED"
  /** A message cannot be decompressed. */
  | "CORRUPT"
  /** The client was closed. */
  | "CLOSED";

const LASTING: ReadonlySet<KafkaErrorCode> = new Set(["TOO_LARGE", "REFUSED", "UNSUPPORTED", "CORRUPT", "CLOSED"]);

export class KafkaError extends Error {
  override readonly name = "KafkaError";
  readonly code: KafkaErrorCode;

  constructor(code: KafkaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True when the same call may succeed later. */
  get retryable(): boolean {
    return !LASTING.has(this.code);
  }
}
