/** Why a daemon did not start, or a command failed. The message is what the operator reads. */
export type DaemonErrorCode =
  /** A flag that this daemon (with this storage type) does not have. */
  | "UNKNOWN_FLAG"
  /** A word that is no sub-command. */
  | "UNKNOWN_COMMAND"
  /** A flag, environment variable or config key whose value cannot be read. */
  | "INVALID_VALUE"
  /** A flag that needs a value stands at the end. */
  | "MISSING_VALUE"
  /** The config file is missing, unreadable or in an unknown format. */
  | "CONFIG_FILE"
  /** The settings contradict each other or ask for something that is not there. */
  | "INVALID_SETTINGS"
  /** An address cannot be listened on. */
  | "LISTEN"
  /** `status` found no healthy daemon. */
  | "STATUS"
  /** A tool's counterpart does not answer. */
  | "UNREACHABLE";

/** None is retryable: the same start fails again until somebody changes something. */
export class DaemonError extends Error {
  override readonly name = "DaemonError";
  readonly code: DaemonErrorCode;
  readonly retryable = false;
  /** A further line for the operator, such as the nearest flag. */
  readonly hint: string | undefined;

  constructor(
    code: DaemonErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.hint = options.hint;
  }
}
