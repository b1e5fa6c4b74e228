import type { StorageErrorCode } from "@spoor/storage-api";

/** An error of the engine as it crosses the thread border; the other side makes a StorageError of it. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** SQLite's result codes that say the file itself is bad. */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Whether an error says that the file itself is damaged. */
export function isCorruption(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return false;
  const code = Number(error.errcode) & 0xff;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
