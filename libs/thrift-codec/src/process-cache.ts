import type { EncodedProcess } from "@spoor/span-wire";

interface Entry {
  /** The struct as it came. */
  readonly bytes: Uint8Array;
  readonly process: EncodedProcess;
}

/** As many first bytes tell most processes apart: they hold the service's name. Shorter structs cost little to decode. */
const KEY_BYTES = 32;
const MAX_BYTES = 4096;
const MAX_ALIKE = 8;

/**
 * Remembers decoded `Process` structs of one Thrift protocol by their bytes: a client sends the same one with every batch. Equal bytes give
 * the same object. Bounded in entries of at most 4 KiB; when there are more all are forgotten.
 */
export class ProcessCache {
  readonly #maxEntries: number;
  readonly #byKey = new Map<number, Entry[]>();
  #entries = 0;

  constructor(maxEntries: number = 1024) {
    this.#maxEntries = maxEntries;
  }

  /** The entry whose struct stands at `start`. */
  find(buffer: Uint8Array, start: number, end: number): Entry | undefined {
    if (end - start < KEY_BYTES) return undefined;
    const alike = this.#byKey.get(keyOf(buffer, start));
    if (alike === undefined) return undefined;
    for (const entry of alike) if (standsAt(entry.bytes, buffer, start, end)) return entry;
    return undefined;
  }

  /** Of a process that {@link find} did not find. */
  remember(buffer: Uint8Array, start: number, end: number, process: EncodedProcess): void {
    if (end - start < KEY_BYTES || end - start > MAX_BYTES) return;
    if (this.#entries >= this.#maxEntries) {
      this.#byKey.clear();
      this.#entries = 0;
    }
    const entry: Entry = { bytes: new Uint8Array(buffer.subarray(start, end)), process };
    const key = keyOf(buffer, start);
    const alike = this.#byKey.get(key);
    this.#entries++;
    if (alike === undefined) this.#byKey.set(key, [entry]);
    else {
      alike.unshift(entry);
      if (alike.length <= MAX_ALIKE) return;
      alike.pop();
      this.#entries--;
    }
  }
}

/** FNV-1a. */
function keyOf(buffer: Uint8Array, start: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + KEY_BYTES; i++) hash = Math.imul(hash ^ (buffer[i] as number), 0x01000193);
  return hash;
}

function standsAt(bytes: Uint8Array, buffer: Uint8Array, start: number, end: number): boolean {
  const { length } = bytes;
  if (length > end - start) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== buffer[start + i]) return false;
  return true;
}
