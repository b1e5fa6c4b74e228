import type { EdgeCounts } from "./edge-counts.ts";
import { ROLE } from "./span-scanner.ts";

const NONE = -1;
const MINUTE_MS = 60_000;
/** Words of `#ids` a span: own id, parent's id. */
const ID_WORDS = 4;

/**
 * Who calls whom within one trace. Equal spans count once. A server span that shares its id with a client span was
 * called by that client, and a span whose parent has both was called by the server half (jaegertracing/jaeger
 * `model/adjuster/zipkin_span_id_uniquify.go`). Among other spans of one id the alphabetically first service is taken
 * for the caller, so that the result does not depend on the order in which spans came.
 *
 * The rule is that of service-calls, whose counters hold an object and texts a span and give whole sums. Here every span of a memtable is counted
 * while it is sealed, from its columns, and sums are by tenant and minute and go down, too; a test holds the two against each other.
 *
 * One object serves any number of traces and allocates only when one is larger than all before.
 */
export class CallCounter {
  #size = 0;
  #ids = new Uint32Array(32 * ID_WORDS);
  #roles = new Uint8Array(32);
  #startMs = new Float64Array(32);
  #services: string[] = [];
  /** Open addressing by span id; spans of one id are chained. */
  #slots = new Int32Array(64).fill(NONE);
  #next = new Int32Array(32);
  /** The slot of each span, so that emptying costs what was put in. */
  #slotAt = new Int32Array(32);

  get size(): number {
    return this.#size;
  }

  /** Starts another trace. */
  clear(): void {
    for (let i = 0; i < this.#size; i++) this.#slots[this.#slotAt[i] as number] = NONE;
    this.#size = 0;
  }

  /** Adds a span: halves of its id and of its parent's, bits of ROLE, service, start in milliseconds. */
  add(
    idHigh: number,
    idLow: number,
    parentHigh: number,
    parentLow: number,
    role: number,
    service: string,
    startMs: number,
  ): void {
    if (this.#size === this.#roles.length) this.#grow();
    const slot = this.#slotOf(idHigh, idLow);
    const head = this.#slots[slot] as number;
    for (let i = head; i !== NONE; i = this.#next[i] as number) {
      if (
        this.#roles[i] === role &&
        this.#startMs[i] === startMs &&
        this.#ids[i * ID_WORDS + 2] === parentHigh &&
        this.#ids[i * ID_WORDS + 3] === parentLow &&
        this.#services[i] === service
      ) {
        return;
      }
    }
    const index = this.#size++;
    const at = index * ID_WORDS;
    this.#ids[at] = idHigh;
    this.#ids[at + 1] = idLow;
    this.#ids[at + 2] = parentHigh;
    this.#ids[at + 3] = parentLow;
    this.#roles[index] = role;
    this.#startMs[index] = startMs;
    this.#services[index] = service;
    this.#next[index] = head;
    this.#slots[slot] = index;
    this.#slotAt[index] = slot;
  }

  /** Adds `sign` for every call between two services. */
  count(tenant: string, sign: 1 | -1, into: EdgeCounts): void {
    for (let i = 0; i < this.#size; i++) {
      const service = this.#services[i] as string;
      const caller = this.#callerOf(i);
      if (caller === undefined || caller === service) continue;
      into.add(tenant, Math.floor((this.#startMs[i] as number) / MINUTE_MS), caller, service, sign);
    }
  }

  #callerOf(index: number): string | undefined {
    const at = index * ID_WORDS;
    const role = this.#roles[index] as number;
    if ((role & ROLE.server) !== 0) {
      const client = this.#firstService(this.#ids[at] as number, this.#ids[at + 1] as number, ROLE.client);
      if (client !== undefined) return client;
    }
    if ((role & ROLE.hasParent) === 0) return undefined;
    const parentHigh = this.#ids[at + 2] as number;
    const parentLow = this.#ids[at + 3] as number;
    if (this.#firstService(parentHigh, parentLow, ROLE.client) !== undefined) {
      const server = this.#firstService(parentHigh, parentLow, ROLE.server);
      if (server !== undefined) return server;
    }
    return this.#firstService(parentHigh, parentLow, 0);
  }

  /** The alphabetically first service among the spans with this id and all bits of `role`. */
  #firstService(idHigh: number, idLow: number, role: number): string | undefined {
    let first: string | undefined;
    for (let i = this.#slots[this.#slotOf(idHigh, idLow)] as number; i !== NONE; i = this.#next[i] as number) {
      const service = this.#services[i] as string;
      if (((this.#roles[i] as number) & role) === role && (first === undefined || service < first)) first = service;
    }
    return first;
  }

  #slotOf(idHigh: number, idLow: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = Math.imul(idHigh ^ Math.imul(idLow, 0x9e3779b1), 0x85ebca6b) >>> 7; ; slot++) {
      const head = this.#slots[slot & mask] as number;
      if (head === NONE) return slot & mask;
      if (this.#ids[head * ID_WORDS + 1] === idLow && this.#ids[head * ID_WORDS] === idHigh) return slot & mask;
    }
  }

  #grow(): void {
    const capacity = this.#roles.length * 2;
    const ids = new Uint32Array(capacity * ID_WORDS);
    ids.set(this.#ids);
    this.#ids = ids;
    const roles = new Uint8Array(capacity);
    roles.set(this.#roles);
    this.#roles = roles;
    const startMs = new Float64Array(capacity);
    startMs.set(this.#startMs);
    this.#startMs = startMs;
    this.#next = new Int32Array(capacity);
    this.#slotAt = new Int32Array(capacity);
    this.#slots = new Int32Array(capacity * 2).fill(NONE);
    for (let i = 0; i < this.#size; i++) {
      const slot = this.#slotOf(ids[i * ID_WORDS] as number, ids[i * ID_WORDS + 1] as number);
      this.#next[i] = this.#slots[slot] as number;
      this.#slots[slot] = i;
      this.#slotAt[i] = slot;
    }
  }
}
