import { readFileSync, statSync } from "node:fs";
import { StorageError } from "@spoor/storage-api";
import type { Credentials } from "../options.ts";

/** How often files are looked at. */
const LOOK_EVERY_MS = 5000;

/** The header that proves who we are. Files are read again when their time of change does. */
export class AuthorizationHeader {
  readonly #credentials: Credentials;
  readonly #files = new Map<string, { readonly text: string; readonly changed: number; readonly looked: number }>();

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** `undefined` when there is nothing to prove. A file that cannot be read is `UNAVAILABLE`. */
  value(): string | undefined {
    const { username, password, passwordFile, tokenFile, apiKey, apiKeyFile } = this.#credentials;
    if (apiKeyFile) return `ApiKey ${this.#file(apiKeyFile)}`;
    if (apiKey) return `ApiKey ${apiKey}`;
    if (tokenFile) return `Bearer ${this.#file(tokenFile)}`;
    if (!username) return undefined;
    const secret = passwordFile ? this.#file(passwordFile) : (password ?? "");
    return `Basic ${Buffer.from(`${username}:${secret}`).toString("base64")}`;
  }

  /** Makes the next {@link value} look at the files, however fresh they are. */
  forget(): void {
    this.#files.clear();
  }

  #file(path: string): string {
    const known = this.#files.get(path);
    const now = Date.now();
    if (known !== undefined && now - known.looked < LOOK_EVERY_MS) return known.text;
    try {
      const changed = statSync(path).mtimeMs;
      const text = known?.changed === changed ? known.text : readFileSync(path, "utf8").trim();
      this.#files.set(path, { text, changed, looked: now });
      return text;
    } catch (error) {
      // A secret that is being replaced may be gone for a moment.
      if (known !== undefined) return known.text;
      throw new StorageError("UNAVAILABLE", `cannot read ${path}: ${(error as Error).message}`, { cause: error });
    }
  }
}
