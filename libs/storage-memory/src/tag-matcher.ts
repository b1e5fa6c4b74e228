import { KeyValueCursor } from "@spoor/span-wire";
import type { ProcessEntry } from "./process-store.ts";

interface Wanted {
  readonly key: string;
  readonly keyBytes: Uint8Array;
  readonly value: string;
  readonly valueBytes: Uint8Array;
  /** A text with U+FFFD can stand for invalid UTF-8, whose bytes are others. */
  readonly isKeyLossy: boolean;
  readonly isValueLossy: boolean;
}

/** Most tags one query may name: a bit each. */
export const MAX_QUERY_TAGS = 30;

/** Looks for the tags of a query in the bytes of spans, without decoding them. */
export class TagMatcher {
  readonly #wanted: readonly Wanted[];
  readonly #all: number;
  readonly #cursor = new KeyValueCursor();
  readonly #inProcess = new Map<ProcessEntry, number>();

  constructor(tags: ReadonlyMap<string, string>) {
    this.#wanted = [...tags].map(([key, value]) => ({
      key,
      keyBytes: Buffer.from(key),
      value,
      valueBytes: Buffer.from(value),
      isKeyLossy: key.includes("\ufffd"),
      isValueLossy: value.includes("\ufffd"),
    }));
    this.#all = 2 ** this.#wanted.length - 1;
  }

  /** Whether each tag is among those of the process or in `buffer[start, end)`, a span's tags and log fields. */
  matches(process: ProcessEntry, buffer: Uint8Array, start: number, end: number): boolean {
    if (this.#all === 0) return true;
    let found = this.#foundInProcess(process);
    if (found === this.#all) return true;
    const cursor = this.#cursor;
    cursor.openFields(buffer, start, end, true);
    while (cursor.next()) {
      found |= this.#foundAt(found);
      if (found === this.#all) return true;
    }
    return false;
  }

  #foundInProcess(entry: ProcessEntry): number {
    const known = this.#inProcess.get(entry);
    if (known !== undefined) return known;
    let found = 0;
    this.#cursor.openProcess(entry.process);
    while (this.#cursor.next()) found |= this.#foundAt(found);
    this.#inProcess.set(entry, found);
    return found;
  }

  /** Bits of the wanted tags that the cursor stands on, without those found already. */
  #foundAt(already: number): number {
    const cursor = this.#cursor;
    let found = 0;
    for (let i = 0; i < this.#wanted.length; i++) {
      if ((already & (1 << i)) !== 0) continue;
      const wanted = this.#wanted[i] as Wanted;
      if (!cursor.hasKey(wanted.keyBytes) && !(wanted.isKeyLossy && cursor.key() === wanted.key)) continue;
      const equal =
        cursor.type === 0 && !wanted.isValueLossy
          ? cursor.hasStringValue(wanted.valueBytes)
          : cursor.valueText() === wanted.value;
      if (equal) found |= 1 << i;
    }
    return found;
  }
}
