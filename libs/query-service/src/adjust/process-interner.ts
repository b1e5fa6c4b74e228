import type { EncodedProcess } from "@spoor/span-wire";

/** Numbers the distinct processes of a trace: a store may give equal ones as different objects. */
export class ProcessInterner {
  readonly processes: EncodedProcess[] = [];
  readonly #byObject = new Map<EncodedProcess, number>();
  readonly #byBytes = new Map<string, number>();

  intern(process: EncodedProcess): number {
    const known = this.#byObject.get(process);
    if (known !== undefined) return known;
    const { bytes } = process;
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    let index = this.#byBytes.get(key);
    if (index === undefined) {
      index = this.processes.length;
      this.processes.push(process);
      this.#byBytes.set(key, index);
    }
    this.#byObject.set(process, index);
    return index;
  }
}
