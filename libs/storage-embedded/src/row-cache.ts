interface Entry {
  readonly value: object;
  readonly bytes: number;
}

/**
 * Rows read lately, up to about `maxBytes`. Two generations instead of a list: what was used since the last turn stays,
 * the rest goes at the next. A hit then costs one look into a map.
 */
export class RowCache {
  readonly #generationBytes: number;
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  #youngBytes = 0;
  #oldBytes = 0;

  constructor(maxBytes: number) {
    this.#generationBytes = maxBytes / 2;
  }

  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  /** What `load` gave for this key, now or before. `load` says how many bytes its value takes. */
  get<T extends object>(key: number, load: () => { readonly value: T; readonly bytes: number }): T {
    const young = this.#young.get(key);
    if (young !== undefined) return young.value as T;
    const entry = this.#old.get(key) ?? load();
    this.#young.set(key, entry);
    this.#youngBytes += entry.bytes + ENTRY_OVERHEAD;
    if (this.#youngBytes > this.#generationBytes) {
      this.#old = this.#young;
      this.#oldBytes = this.#youngBytes;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    return entry.value as T;
  }
}

const ENTRY_OVERHEAD = 200;
