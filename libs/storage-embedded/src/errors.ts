/** Why an embedded store could not be opened. Reads and writes of an open one fail with `StorageError`. */
export type EmbeddedStorageErrorCode =
  /** Another process (or another store of this one) has the directory open. Retryable once that one is gone. */
  | "DIRECTORY_LOCKED"
  /** The directory cannot be created, read or written. */
  | "DIRECTORY_UNUSABLE"
  /** The worker thread could not start. */
  | "WORKER_FAILED";

export class EmbeddedStorageError extends Error {
  override readonly name = "EmbeddedStorageError";
  readonly code: EmbeddedStorageErrorCode;

  constructor(code: EmbeddedStorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True when the same call may succeed later. */
  get retryable(): boolean {
    return this.code === "DIRECTORY_LOCKED";
  }
}
