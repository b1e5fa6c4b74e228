import type { BulkItem } from "./bulk.ts";
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
  readonly #indices = new Map<string, Map<string, Map<string, Known>>>();
  #size = 0;

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /**
   * Makes `settlement` wait for the document when it is on its way. Gives what the document's item needs when it must be written
   * now, else `undefined`.
   */
  want(
    index: string,
    serviceName: string,
    operationName: string,
    spanKind: string,
    settlement: Settlement,
  ): Pick<BulkItem, "waiting" | "settled"> | undefined {
    const operations = this.#operations(index, serviceName);
    const key = spanKind === "" ? operationName : `${operationName}\u0000${spanKind}`;
    const known = operations.get(key);
    if (known !== undefined) {
      if (known.storedAt === undefined) {
        if (known.waiting.at(-1) === settlement) return undefined;
        settlement.add();
        known.waiting.push(settlement);
        return undefined;
      }
      if (Date.now() - known.storedAt < this.#ttlMs) return undefined;
    } else if (++this.#size > MOST_KNOWN) this.clear();
    const entry: Known = { storedAt: undefined, waiting: [settlement] };
    this.#operations(index, serviceName).set(key, entry);
    settlement.add();
    return {
      waiting: entry.waiting,
      settled: (isStored) => {
        if (isStored) entry.storedAt = Date.now();
        else if (operations.get(key) === entry) operations.delete(key);
      },
    };
  }

  clear(): void {
    this.#indices.clear();
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
