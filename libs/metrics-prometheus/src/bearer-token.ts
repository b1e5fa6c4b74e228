import { readFileSync, statSync } from "node:fs";
import { StorageError } from "@spoor/storage-api";

/** How often the file is looked at. */
const LOOK_EVERY_MS = 5000;

/** A token in a file, which is read again when its time of change does. */
export class TokenFile {
  readonly #path: string;
  #known: { readonly text: string; readonly changed: number } | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
  }

  /** Rejects with `UNAVAILABLE` while the file could never be read. */
  value(): string {
    const nowMs = performance.now();
    if (this.#known !== undefined && nowMs - this.#lookedMs < LOOK_EVERY_MS) return this.#known.text;
    this.#lookedMs = nowMs;
    try {
      const changed = statSync(this.#path).mtimeMs;
      if (this.#known?.changed !== changed) this.#known = { text: readFileSync(this.#path, "utf8").trim(), changed };
    } catch (error) {
      // A file that is being replaced may be gone for a moment.
      if (this.#known === undefined) {
        throw new StorageError("UNAVAILABLE", `failed to get token from file: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
    return this.#known.text;
  }

  /** Makes the next {@link value} read the file, however fresh it is. */
  forget(): void {
    this.#lookedMs = Number.NEGATIVE_INFINITY;
    if (this.#known !== undefined) this.#known = { ...this.#known, changed: Number.NaN };
  }
}
