import { type EncodedSpan, type SpanFacts, spanFacts } from "@spoor/span-wire";
import { mixHashes } from "./hash.ts";
import type { Name } from "./name-index.ts";
import type { ProcessEntry } from "./process-dictionary.ts";

const NONE = -1;
/** All are forgotten when there are more. */
const MAX_NAMES = 65_536;
const SLOTS = MAX_NAMES * 2;

/** A name that spans had lately. */
export interface SeenName {
  readonly name: Name;
  /** The memtable that has it in its list. */
  memtable: number;
  /** The slice that has it in its table. */
  slice: number;
}

/**
 * The names of the spans that came lately, by hashes, so that a span's name is decoded, and written to a slice, when it is
 * new and not for every span or block. Two operations of a service and kind whose 32-bit hashes are equal are taken for one; of a
 * hundred services with 10,000 operations each, about one has such a pair.
 */
export class SeenNames {
  readonly #slots = new Int32Array(SLOTS).fill(NONE);
  /** Two words a name. */
  readonly #hashes = new Uint32Array(MAX_NAMES * 2);
  #names: SeenName[] = [];

  /** The name of a span, given hashes of its operation and kind; `undefined` when the span is malformed. */
  of(span: () => EncodedSpan, process: ProcessEntry, operationHash: number, kindHash: number): SeenName | undefined {
    const first = mixHashes(mixHashes(operationHash, kindHash), process.ownerHash);
    const second = mixHashes(process.ownerHash2, operationHash ^ (kindHash >>> 1));
    let slot = first & (SLOTS - 1);
    for (; ; slot = (slot + 1) & (SLOTS - 1)) {
      const number = this.#slots[slot] as number;
      if (number === NONE) break;
      if (this.#hashes[2 * number] === first && this.#hashes[2 * number + 1] === second) return this.#names[number];
    }
    return this.#add(span(), process.tenant, slot, first, second);
  }

  #add(span: EncodedSpan, tenant: string, slot: number, first: number, second: number): SeenName | undefined {
    const facts = factsOf(span);
    if (facts === undefined) return undefined;
    const { operationName, spanKind } = facts;
    const name: Name = { tenant, service: span.process.serviceName, operation: operationName, spanKind };
    const seen: SeenName = { name, memtable: 0, slice: 0 };
    if (this.#names.length === MAX_NAMES) {
      this.#names = [];
      this.#slots.fill(NONE);
    }
    const number = this.#names.length;
    this.#names.push(seen);
    this.#slots[slot] = number;
    this.#hashes[2 * number] = first;
    this.#hashes[2 * number + 1] = second;
    return seen;
  }
}

/** `undefined` for a malformed span, which can be read by its trace id only. */
function factsOf(span: EncodedSpan): SpanFacts | undefined {
  try {
    return spanFacts(span);
  } catch {
    return undefined;
  }
}
