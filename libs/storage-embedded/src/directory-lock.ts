import * as fs from "node:fs";
import * as path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { EmbeddedStorageError } from "./errors.ts";
import type { OpenDatabase } from "./slice.ts";

/**
 * Holds a directory for one store: an exclusive SQLite transaction, which is a lock of the operating system. It ends with the
 * process however that ends, so a stale lock cannot be.
 */
export class DirectoryLock {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Throws `DIRECTORY_LOCKED` when another store holds it. */
  static acquire(open: OpenDatabase, directory: string): DirectoryLock {
    const file = path.join(directory, "lock.sqlite");
    const holderFile = path.join(directory, "lock.pid");
    let db: DatabaseSync | undefined;
    try {
      db = open(file);
      db.exec("PRAGMA busy_timeout = 0");
      db.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      db?.close();
      if (!isBusy(error)) {
        // Nothing is kept in it: a damaged one is replaced.
        if (db !== undefined && fs.existsSync(file) && !isRetry(file)) {
          fs.rmSync(file, { force: true });
          return DirectoryLock.acquire(open, directory);
        }
        throw error;
      }
      const holder = readHolder(holderFile);
      throw new EmbeddedStorageError(
        "DIRECTORY_LOCKED",
        `${directory} is in use by another store${holder === "" ? "" : ` (process ${holder})`}`,
        { cause: error },
      );
    }
    fs.writeFileSync(holderFile, String(process.pid));
    return new DirectoryLock(db);
  }

  release(): void {
    if (!this.#db.isOpen) return;
    this.#db.exec("ROLLBACK");
    this.#db.close();
  }
}

/** An empty lock file cannot be damaged: then the fault is elsewhere. */
function isRetry(file: string): boolean {
  return fs.statSync(file).size === 0;
}

function readHolder(file: string): string {
  try {
    return fs.readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}

function isBusy(error: unknown): boolean {
  return typeof error === "object" && error !== null && "errcode" in error && (Number(error.errcode) & 0xff) === 5;
}
