import type { Settled } from "./bulk.ts";
import type { Settlement } from "./settlement.ts";

interface Known {
  /** When it was stored, milliseconds since the epoch; `undefined` while that is not known. */
  storedAt: number | undefined;
  /** Writes that wait until it is stored. */
  readonly waiting: Settlement[];
}

/** An operation as spans name it: in bytes, which need not become text to be recognised. */
interface Slot {
  readonly index: string;
  readonly serviceName: string;
  readonly spanKind: string;
  readonly operationName: Uint8Array;
  readonly known: Known;
}

const MOST_KNOWN = 100_000;
/** Powers of two: how many operations are known by their bytes, and how many places each may have among them. */
const SLOTS = 8192;
const WAYS = 4;
/** So many letters of a name count for its slot. */
const HASHED = 16;

/** Operations whose documents are stored, by index, so that each is written once a day and again after a while. */
export class ServiceCache {
  readonly #ttlMs: number;
  readonly #mostKnown: number;
  readonly #indices = new Map<string, Map<string, Map<string, Known>>>();
  readonly #slots: (Slot | undefined)[] = new Array<Slot | undefined>(SLOTS).fill(undefined);
  /** The hash of each slot's operation, so that another's slot need not be looked at, which is far away in memory. */
  readonly #hashes = new Int32Array(SLOTS);
  #size = 0;
  /** The service asked for last: most spans of a batch are of one. */
  #hashedName = "";
  #nameHash = 0;

  /** With more than `mostKnown` operations everything is forgotten. */
  constructor(ttlMs: number, mostKnown: number = MOST_KNOWN) {
    this.#ttlMs = ttlMs;
    this.#mostKnown = mostKnown;
  }

  /**
   * Whether the document of the operation named `bytes[start, end)` is stored and fresh at `nowMs`. `false` may only mean that
   * {@link want} must be asked, which is dearer.
   */
  has(
    index: string,
    serviceName: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    spanKind: string,
    nowMs: number,
  ): boolean {
    const hash = this.#hash(bytes, start, end, serviceName, spanKind);
    const place = placeOf(hash);
    for (let i = place; i < place + WAYS; i++) {
      if (this.#hashes[i] !== hash) continue;
      const slot = this.#slots[i];
      if (slot === undefined) continue;
      const { known, operationName } = slot;
      if (operationName.length !== end - start || slot.spanKind !== spanKind || slot.serviceName !== serviceName)
        continue;
      let at = 0;
      while (at < operationName.length && operationName[at] === bytes[start + at]) at++;
      if (at < operationName.length || slot.index !== index) continue;
      return known.storedAt !== undefined && nowMs - known.storedAt < this.#ttlMs;
    }
    return false;
  }

  /** Lets {@link has} know the operation, which {@link want} knows, by its bytes. */
  remember(
    index: string,
    serviceName: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    spanKind: string,
    operationName: string,
  ): void {
    const known = this.#operations(index, serviceName).get(keyOf(operationName, spanKind));
    if (known === undefined) return;
    const hash = this.#hash(bytes, start, end, serviceName, spanKind);
    const place = placeOf(hash);
    const name = Uint8Array.prototype.slice.call(bytes, start, end);
    // The latest comes first, the oldest goes.
    this.#slots.copyWithin(place + 1, place, place + WAYS - 1);
    this.#hashes.copyWithin(place + 1, place, place + WAYS - 1);
    this.#hashes[place] = hash;
    this.#slots[place] = { index, serviceName, spanKind, operationName: name, known };
  }

  /**
   * Makes `settlement` wait for the document when it is on its way. Gives what the document needs when it must be written
   * now, else `undefined`.
   */
  want(
    index: string,
    serviceName: string,
    operationName: string,
    spanKind: string,
    settlement: Settlement,
  ): { readonly waiting: readonly Settlement[]; readonly settled: Settled } | undefined {
    const key = keyOf(operationName, spanKind);
    const known = this.#operations(index, serviceName).get(key);
    if (known !== undefined) {
      if (known.storedAt === undefined) {
        if (known.waiting.at(-1) === settlement) return undefined;
        settlement.add();
        known.waiting.push(settlement);
        return undefined;
      }
      if (Date.now() - known.storedAt < this.#ttlMs) return undefined;
    } else {
      if (this.#size >= this.#mostKnown) this.clear();
      this.#size++;
    }
    const entry: Known = { storedAt: undefined, waiting: [settlement] };
    // Looked up behind `clear`: an entry that its failure did not find would keep writes waiting for ever.
    const operations = this.#operations(index, serviceName);
    operations.set(key, entry);
    settlement.add();
    return {
      waiting: entry.waiting,
      settled: (isStored) => {
        if (isStored) entry.storedAt = Date.now();
        else if (operations.get(key) === entry) {
          operations.delete(key);
          if (this.#indices.get(index)?.get(serviceName) === operations) this.#size--;
        }
      },
    };
  }

  clear(): void {
    this.#indices.clear();
    this.#slots.fill(undefined);
    this.#size = 0;
  }

  /** By the last letters of the names, in which names differ most: services and kinds may have operations of one name. */
  #hash(bytes: Uint8Array, start: number, end: number, serviceName: string, spanKind: string): number {
    if (serviceName !== this.#hashedName) {
      this.#hashedName = serviceName;
      this.#nameHash = 0;
      for (let i = Math.max(0, serviceName.length - HASHED); i < serviceName.length; i++)
        this.#nameHash = Math.imul(this.#nameHash, 31) + serviceName.charCodeAt(i);
    }
    let hash = this.#nameHash + end - start;
    // In the second letter all kinds differ.
    if (spanKind.length > 1) hash = Math.imul(hash, 31) + spanKind.charCodeAt(1);
    for (let i = Math.max(start, end - HASHED); i < end; i++) hash = Math.imul(hash, 31) + (bytes[i] as number);
    return Math.imul(hash ^ (hash >>> 16), 0x9e3779b1);
  }

  #operations(index: string, serviceName: string): Map<string, Known> {
    let services = this.#indices.get(index);
    if (services === undefined) {
      services = new Map();
      this.#indices.set(index, services);
    }
    let operations = services.get(serviceName);
    if (operations === undefined) {
      operations = new Map();
      services.set(serviceName, operations);
    }
    return operations;
  }
}

/** The first of the slots that an operation of this hash may have. */
function placeOf(hash: number): number {
  return (hash >>> 16) & (SLOTS - WAYS);
}

function keyOf(operationName: string, spanKind: string): string {
  return spanKind === "" ? operationName : `${operationName}\u0000${spanKind}`;
}
