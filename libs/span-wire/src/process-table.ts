import { EncodedProcess } from "./encoded-span.ts";

/** Stands for "no process at all", which v1 tells apart from a process without a name. Compare by identity. */
export const NO_PROCESS: EncodedProcess = new EncodedProcess(new Uint8Array(0), "");

const MAX_REMEMBERED = 1024;

/**
 * Gives equal process bytes the same object: for the processes of one batch, or for as long as spans of few services come by.
 * It remembers a bounded number and forgets all of them when there are more.
 */
export class ProcessTable {
  #last: EncodedProcess | undefined;
  #byBytes: Map<string, EncodedProcess> | undefined;

  /** `create` is called when the bytes are new. */
  share(bytes: Uint8Array, create: (bytes: Uint8Array) => EncodedProcess): EncodedProcess {
    const last = this.#last;
    if (last !== undefined && Buffer.compare(last.bytes, bytes) === 0) return last;
    this.#byBytes ??= new Map();
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    let process = this.#byBytes.get(key);
    if (process === undefined) {
      process = create(bytes);
      if (this.#byBytes.size >= MAX_REMEMBERED) this.#byBytes.clear();
      this.#byBytes.set(key, process);
    }
    this.#last = process;
    return process;
  }
}
