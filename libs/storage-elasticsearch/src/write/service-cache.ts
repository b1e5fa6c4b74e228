import type { Settled } from "./bulk.ts";
import { OperationTable } from "./operation-table.ts";
import type { Settlement } from "./settlement.ts";

interface Known {
  /** When it was stored, milliseconds since the epoch; `undefined` while that is not known. */
  storedAt: number | undefined;
  /** Writes that wait until it is stored. */
  readonly waiting: Settlement[];
}

const MOST_KNOWN = 100_000;

/** Operations whose documents are stored, by index, so that each is written once a day and again after a while. */
export class ServiceCache {
  readonly #ttlMs: number;
  readonly #mostKnown: number;
  readonly #indices = new Map<string, Map<string, Map<string, Known>>>();
  /** Those of them that were asked for lately. */
  readonly #table = new OperationTable();
  #size = 0;

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
    this.#table.locate(index, serviceName, bytes, start, end, spanKind);
    return nowMs - this.#table.storedAtMs < this.#ttlMs;
  }

  /**
   * To be asked behind {@link has} for the same operation, which will know it by its bytes once it is stored. Makes `settlement` wait for
   * the document when it is on its way. Gives what the document needs when it must be written now, else `undefined`.
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
      if (Date.now() - known.storedAt < this.#ttlMs) {
        this.#table.remember(known.storedAt);
        return undefined;
      }
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
    this.#table.clear();
    this.#size = 0;
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

function keyOf(operationName: string, spanKind: string): string {
  return spanKind === "" ? operationName : `${operationName}\u0000${spanKind}`;
}
