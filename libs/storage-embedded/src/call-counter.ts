import type { EdgeCounts } from "./edge-counts.ts";
import { ROLE } from "./span-scanner.ts";

const NONE = -1;
const MINUTE_MS = 60_000;

/** What the dependency graph needs to know of a span. */
export interface CallSpan {
  readonly idHigh: number;
  readonly idLow: number;
  readonly parentHigh: number;
  readonly parentLow: number;
  /** Bits of ROLE. */
  readonly role: number;
  readonly service: string;
  readonly startMs: number;
}

/**
 * Who calls whom within one trace. Equal spans count once. A server span that shares its id with a client span was
 * called by that client, and a span whose parent has both was called by the server half (jaegertracing/jaeger
 * `model/adjuster/zipkin_span_id_uniquify.go`). Among other spans of one id the alphabetically first service is taken
 * for the caller, so that the result does not depend on the order in which spans came.
 */
export class CallCounter {
  readonly #spans: CallSpan[] = [];
  /** Open addressing by span id, then chains. */
  #slots = new Int32Array(64).fill(NONE);
  #next: number[] = [];

  get size(): number {
    return this.#spans.length;
  }

  /** Starts another trace. */
  clear(): void {
    if (this.#spans.length > 0) this.#slots.fill(NONE);
    this.#spans.length = 0;
    this.#next.length = 0;
  }

  add(span: CallSpan): void {
    if (this.#spans.length * 2 >= this.#slots.length) this.#grow();
    const slot = this.#slotOf(span.idHigh, span.idLow);
    const head = this.#slots[slot] as number;
    for (let i = head; i !== NONE; i = this.#next[i] as number) if (isSame(this.#spans[i] as CallSpan, span)) return;
    this.#next.push(head);
    this.#slots[slot] = this.#spans.length;
    this.#spans.push(span);
  }

  /** Adds `sign` for every call between two services. */
  count(tenant: string, sign: 1 | -1, into: EdgeCounts): void {
    for (const span of this.#spans) {
      const caller = this.#callerOf(span);
      if (caller === undefined || caller === span.service) continue;
      into.add(tenant, Math.floor(span.startMs / MINUTE_MS), caller, span.service, sign);
    }
  }

  #callerOf(span: CallSpan): string | undefined {
    if ((span.role & ROLE.server) !== 0) {
      const client = this.#firstService(span.idHigh, span.idLow, ROLE.client);
      if (client !== undefined) return client;
    }
    if ((span.role & ROLE.hasParent) === 0) return undefined;
    const { parentHigh, parentLow } = span;
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
      const span = this.#spans[i] as CallSpan;
      if ((span.role & role) === role && (first === undefined || span.service < first)) first = span.service;
    }
    return first;
  }

  #slotOf(idHigh: number, idLow: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = Math.imul(idHigh ^ Math.imul(idLow, 0x9e3779b1), 0x85ebca6b) >>> 7; ; slot++) {
      const head = this.#slots[slot & mask] as number;
      if (head === NONE) return slot & mask;
      const span = this.#spans[head] as CallSpan;
      if (span.idLow === idLow && span.idHigh === idHigh) return slot & mask;
    }
  }

  #grow(): void {
    const spans = [...this.#spans];
    this.#slots = new Int32Array(this.#slots.length * 4).fill(NONE);
    this.#spans.length = 0;
    this.#next.length = 0;
    for (const span of spans) this.add(span);
  }
}

function isSame(a: CallSpan, b: CallSpan): boolean {
  return (
    a.service === b.service &&
    a.role === b.role &&
    a.parentLow === b.parentLow &&
    a.parentHigh === b.parentHigh &&
    a.startMs === b.startMs
  );
}
