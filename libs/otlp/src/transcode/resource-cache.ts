import { ContentHash, type EncodedProcess } from "@spoor/span-wire";

/** A power of two. */
const SLOTS = 1024;
/** Longer resources are rare. With what a store keeps for each process, escaped at worst, hostile senders' take some 16 MB. */
const MOST_BYTES = 2048;

interface Entry {
  readonly bytes: Buffer;
  readonly process: EncodedProcess;
}

/**
 * Processes of resources seen lately, by the resource's bytes: a sender says the same of itself in every message, and whoever keeps something
 * for a process keeps it from message to message.
 */
export class ResourceCache {
  readonly #entries: (Entry | undefined)[] = new Array<Entry | undefined>(SLOTS).fill(undefined);
  readonly #hash = new ContentHash();
  #slot = 0;

  /** The process of the resource `buffer[start, end)`, if it is known. */
  find(buffer: Uint8Array, start: number, end: number): EncodedProcess | undefined {
    if (end - start > MOST_BYTES) return undefined;
    this.#hash.reset(0, 0);
    this.#hash.add(buffer, start, end);
    this.#slot = this.#hash.low & (SLOTS - 1);
    const entry = this.#entries[this.#slot];
    if (entry === undefined || entry.bytes.length !== end - start) return undefined;
    return entry.bytes.compare(buffer, start, end) === 0 ? entry.process : undefined;
  }

  /** Keeps the process of the resource that {@link find} was asked for last and did not find. */
  remember(buffer: Uint8Array, start: number, end: number, process: EncodedProcess): void {
    if (end - start > MOST_BYTES) return;
    this.#entries[this.#slot] = { bytes: Buffer.from(buffer.subarray(start, end)), process };
  }
}
