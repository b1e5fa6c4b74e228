/** Names that were written not long ago, so that they need not be written again. */
export class NameCache {
  readonly #ttlMs: number;
  readonly #maxEntries: number;
  readonly #now: () => number;
  /** Expiry by name, the oldest entry first. */
  readonly #expiry = new Map<string, number>();

  constructor(ttlMs: number, maxEntries: number, now: () => number = Date.now) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
    this.#now = now;
  }

  has(name: string): boolean {
    const expiry = this.#expiry.get(name);
    if (expiry === undefined) return false;
    if (expiry > this.#now()) return true;
    this.#expiry.delete(name);
    return false;
  }

  /** To be called once the name is stored. */
  add(name: string): void {
    this.#expiry.delete(name);
    this.#expiry.set(name, this.#now() + this.#ttlMs);
    if (this.#expiry.size <= this.#maxEntries) return;
    const oldest = this.#expiry.keys().next().value;
    if (oldest !== undefined) this.#expiry.delete(oldest);
  }
}
