import { EncodedProcess, NO_PROCESS } from "@spoor/span-wire";
import { equalBytes, hashBytes } from "./hash.ts";
import { HEAP, type MemoryUse } from "./memory-use.ts";

export interface ProcessEntry {
  readonly id: number;
  /** With bytes of its own, so that no request stays alive for it. */
  readonly process: EncodedProcess;
  readonly hash: number;
  /** Stored spans of this process; at none the entry goes. */
  spans: number;
  sameHash: ProcessEntry | undefined;
}

/** Each process once, however many batches it came with. */
export class ProcessStore {
  readonly #use: MemoryUse;
  readonly #seed: number;
  readonly #byHash = new Map<number, ProcessEntry>();
  readonly #byId: (ProcessEntry | undefined)[] = [];
  readonly #freeIds: number[] = [];
  #lastGiven: EncodedProcess | undefined;
  #lastEntry: ProcessEntry | undefined;

  constructor(use: MemoryUse, seed: number) {
    this.#use = use;
    this.#seed = seed;
  }

  get(id: number): ProcessEntry {
    return this.#byId[id] as ProcessEntry;
  }

  /** Counts one more span of the process. */
  addSpan(given: EncodedProcess): ProcessEntry {
    const last = this.#lastEntry;
    if (given === this.#lastGiven && last !== undefined && last.spans > 0) {
      last.spans++;
      return last;
    }
    const entry = this.#findOrCreate(given);
    entry.spans++;
    this.#lastGiven = given;
    this.#lastEntry = entry;
    return entry;
  }

  /** Lets go of the batch that was written last. */
  forgetGiven(): void {
    this.#lastGiven = undefined;
  }

  /** Counts one span less. */
  removeSpan(entry: ProcessEntry): void {
    if (--entry.spans > 0) return;
    let at = this.#byHash.get(entry.hash);
    if (at === entry) {
      if (entry.sameHash === undefined) this.#byHash.delete(entry.hash);
      else this.#byHash.set(entry.hash, entry.sameHash);
    } else {
      while (at !== undefined && at.sameHash !== entry) at = at.sameHash;
      if (at !== undefined) at.sameHash = entry.sameHash;
    }
    this.#byId[entry.id] = undefined;
    this.#freeIds.push(entry.id);
    this.#use.add(-(HEAP.process + entry.process.bytes.length));
  }

  #findOrCreate(given: EncodedProcess): ProcessEntry {
    const { bytes } = given;
    const hash = hashBytes(this.#seed, bytes, 0, bytes.length);
    const isNone = given === NO_PROCESS;
    for (let entry = this.#byHash.get(hash); entry !== undefined; entry = entry.sameHash) {
      if ((entry.process === NO_PROCESS) === isNone && equalBytes(entry.process.bytes, bytes, 0, bytes.length)) {
        return entry;
      }
    }
    const process = isNone ? NO_PROCESS : new EncodedProcess(Uint8Array.from(bytes), given.serviceName);
    const id = this.#freeIds.pop() ?? this.#byId.length;
    const entry: ProcessEntry = { id, process, hash, spans: 0, sameHash: this.#byHash.get(hash) };
    this.#byHash.set(hash, entry);
    this.#byId[id] = entry;
    this.#use.add(HEAP.process + bytes.length);
    return entry;
  }
}
