import { decodeUtf8 } from "@spoor/span-wire";
import type { Operation } from "@spoor/storage-api";
import { equalBytes, hashBytes } from "./hash.ts";
import { HEAP, type MemoryUse } from "./memory-use.ts";
import { ServiceIndex } from "./service-index.ts";

export interface ServiceEntry {
  readonly name: string;
  readonly operations: Set<OperationEntry>;
  readonly index: ServiceIndex;
}

export interface OperationEntry extends Operation {
  readonly id: number;
  readonly service: ServiceEntry;
  readonly nameBytes: Uint8Array;
  readonly hash: number;
  /** Stored spans of this operation; at none the entry goes. */
  spans: number;
  /** The next entry of the same hash. */
  sameHash: OperationEntry | undefined;
}

/** Services and operations that stored spans have, and no others. */
export class NameTable {
  readonly #use: MemoryUse;
  readonly #seed: number;
  readonly #services = new Map<string, ServiceEntry>();
  readonly #byHash = new Map<number, OperationEntry>();
  readonly #byId: (OperationEntry | undefined)[] = [];
  readonly #freeIds: number[] = [];

  constructor(use: MemoryUse, seed: number) {
    this.#use = use;
    this.#seed = seed;
  }

  services(): IterableIterator<ServiceEntry> {
    return this.#services.values();
  }

  service(name: string): ServiceEntry | undefined {
    return this.#services.get(name);
  }

  operation(id: number): OperationEntry {
    return this.#byId[id] as OperationEntry;
  }

  /** Counts one more span of the operation whose name is `buffer[start, end)`. */
  addSpan(serviceName: string, buffer: Uint8Array, start: number, end: number, spanKind: string): OperationEntry {
    const salt = Math.imul(this.#seed ^ serviceName.length, 31) ^ (spanKind.length > 0 ? spanKind.charCodeAt(0) : 0);
    const hash = hashBytes(salt, buffer, start, end);
    let entry = this.#byHash.get(hash);
    while (entry !== undefined) {
      if (
        entry.spanKind === spanKind &&
        entry.service.name === serviceName &&
        equalBytes(entry.nameBytes, buffer, start, end)
      ) {
        entry.spans++;
        return entry;
      }
      entry = entry.sameHash;
    }
    return this.#create(serviceName, buffer.slice(start, end), spanKind, hash);
  }

  /** Counts one span less. */
  removeSpan(entry: OperationEntry): void {
    if (--entry.spans > 0) return;
    this.#unlink(entry);
    this.#byId[entry.id] = undefined;
    this.#freeIds.push(entry.id);
    const { service } = entry;
    service.operations.delete(entry);
    this.#use.add(-(HEAP.operation + entry.nameBytes.length * 2));
    if (service.operations.size > 0) return;
    this.#services.delete(service.name);
    this.#use.add(-(HEAP.service + service.name.length * 2));
  }

  #create(serviceName: string, nameBytes: Uint8Array, spanKind: string, hash: number): OperationEntry {
    let service = this.#services.get(serviceName);
    if (service === undefined) {
      service = { name: serviceName, operations: new Set(), index: new ServiceIndex(this.#use) };
      this.#services.set(serviceName, service);
      this.#use.add(HEAP.service + serviceName.length * 2);
    }
    const id = this.#freeIds.pop() ?? this.#byId.length;
    const name = decodeUtf8(nameBytes, 0, nameBytes.length);
    const sameHash = this.#byHash.get(hash);
    const entry: OperationEntry = { id, service, nameBytes, name, spanKind, hash, spans: 1, sameHash };
    this.#byHash.set(hash, entry);
    this.#byId[id] = entry;
    service.operations.add(entry);
    this.#use.add(HEAP.operation + nameBytes.length * 2);
    return entry;
  }

  #unlink(entry: OperationEntry): void {
    let at = this.#byHash.get(entry.hash);
    if (at === entry) {
      if (entry.sameHash === undefined) this.#byHash.delete(entry.hash);
      else this.#byHash.set(entry.hash, entry.sameHash);
      return;
    }
    while (at !== undefined && at.sameHash !== entry) at = at.sameHash;
    if (at !== undefined) at.sameHash = entry.sameHash;
  }
}
