import { JsonBytes, JsonLiteral } from "@spoor/json-bytes";
import type { EncodedSpan } from "@spoor/span-wire";
import type { DocumentIds } from "./document-id.ts";
import type { Settlement } from "./settlement.ts";

const NEW_LINE = 10;
const BEHIND_ID = new JsonLiteral('"}}\n');
const FIRST_CAPACITY = 1024;
const NOBODY: readonly Settlement[] = [];

/** Told when it is known whether a document is stored. */
export type Settled = (isStored: boolean) => void;

/** A document of a span, which was written in between {@link Bulk.beginDocument} and {@link Bulk.endDocument}. */
export interface SpanItem {
  readonly span: EncodedSpan;
  readonly commonFields: Uint8Array;
  readonly spanKind: string;
  /** Where the span's header has them, see SpanHeader. */
  readonly spanIdStart: number;
  readonly parentSpanIdStart: number;
  readonly startSeconds: number;
  /** Whether its call is counted, once it is stored. */
  readonly isCounted: boolean;
  /** Whether another span may have its id. */
  readonly mayShareId: boolean;
  /** True for a document with all tags nested, which has no other form. */
  readonly isPlain: boolean;
}

/**
 * The lines of a bulk request and what they stand for, by number. Every document is a `create` with an id of its own: a second one is no
 * harm. Documents wait while others come and while the server works, which is long enough for objects of theirs to outlive
 * the young generation: what is known of each stands in columns, and a bulk that is answered serves again.
 */
export class Bulk {
  readonly json = new JsonBytes(64 * 1024);
  /** Documents. */
  length = 0;
  /** Where the lines of each end. */
  #ends = new Uint32Array(FIRST_CAPACITY);
  #numbers = new Int32Array(FIRST_CAPACITY * 2);
  #seconds = new Float64Array(FIRST_CAPACITY);
  #flags = new Uint8Array(FIRST_CAPACITY);
  readonly #indices: string[] = [];
  readonly #waiting: (readonly Settlement[])[] = [];
  readonly #spans: (EncodedSpan | undefined)[] = [];
  readonly #commonFields: (Uint8Array | undefined)[] = [];
  readonly #spanKinds: string[] = [];
  readonly #settled = new Map<number, Settled>();
  #index = "";
  #headIndex = "";
  #head = new JsonLiteral("");

  get byteLength(): number {
    return this.json.length;
  }

  get body(): Buffer {
    return this.json.bytes();
  }

  /** The index of document `i`. */
  index(i: number): string {
    return this.#indices[i] as string;
  }

  /** Whose writes wait for document `i`. */
  waiting(i: number): readonly Settlement[] {
    return this.#waiting[i] ?? NOBODY;
  }

  /** The span of document `i`, if it is one of a span: for a second attempt in another form, for messages and for counting calls. */
  spanItem(i: number): SpanItem | undefined {
    const span = this.#spans[i];
    if (span === undefined) return undefined;
    const flags = this.#flags[i] as number;
    return {
      span,
      commonFields: this.#commonFields[i] as Uint8Array,
      spanKind: this.#spanKinds[i] as string,
      spanIdStart: this.#numbers[2 * i] as number,
      parentSpanIdStart: this.#numbers[2 * i + 1] as number,
      startSeconds: this.#seconds[i] as number,
      isCounted: (flags & COUNTED) !== 0,
      mayShareId: (flags & MAY_SHARE_ID) !== 0,
      isPlain: (flags & PLAIN) !== 0,
    };
  }

  /** Tells whoever wants to know whether document `i` is stored. */
  settle(i: number, isStored: boolean): void {
    if (this.#settled.size > 0) this.#settled.get(i)?.(isStored);
  }

  /** Writes the first line of a span's document; the document comes next, then {@link endDocument}. */
  beginDocument(
    index: string,
    ids: DocumentIds,
    span: EncodedSpan,
    commonFields: Uint8Array,
    startSeconds: number,
  ): void {
    const { json } = this;
    this.#index = index;
    json.literal(this.#headOf(index));
    ids.write(json, span, commonFields, startSeconds);
    json.literal(BEHIND_ID);
  }

  endDocument(waiting: readonly Settlement[], item: SpanItem): void {
    this.json.byte(NEW_LINE);
    const i = this.#append(this.#index, waiting);
    this.#spans[i] = item.span;
    this.#commonFields[i] = item.commonFields;
    this.#spanKinds[i] = item.spanKind;
    this.#numbers[2 * i] = item.spanIdStart;
    this.#numbers[2 * i + 1] = item.parentSpanIdStart;
    this.#seconds[i] = item.startSeconds;
    this.#flags[i] = (item.isCounted ? COUNTED : 0) | (item.mayShareId ? MAY_SHARE_ID : 0) | (item.isPlain ? PLAIN : 0);
  }

  /** Takes back what {@link beginDocument} and the document wrote. */
  discardDocument(): void {
    this.json.truncate(this.#start(this.length));
  }

  /** A document whose id is known. `settled` is called once. */
  addDocument(
    index: string,
    id: string,
    document: string,
    waiting: readonly Settlement[],
    settled: Settled | undefined,
  ): void {
    this.json.text(`{"create":{"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id)}}}\n${document}\n`);
    const i = this.#append(index, waiting);
    this.#spans[i] = undefined;
    if (settled !== undefined) this.#settled.set(i, settled);
  }

  /** Document `i` of another bulk. */
  addAgain(other: Bulk, i: number): void {
    this.json.raw(other.json.bytes(other.#start(i), other.#ends[i]));
    const item = other.spanItem(i);
    this.#index = other.index(i);
    const settled = other.#settled.get(i);
    if (settled !== undefined) this.#settled.set(this.length, settled);
    if (item === undefined) this.#spans[this.#append(this.#index, other.waiting(i))] = undefined;
    else {
      // The line's end was copied.
      this.json.truncate(this.json.length - 1);
      this.endDocument(other.waiting(i), item);
    }
  }

  /** Forgets all documents; the memory stays for others. */
  clear(): void {
    for (let i = 0; i < this.length; i++) {
      this.#waiting[i] = NOBODY;
      this.#spans[i] = undefined;
      this.#commonFields[i] = undefined;
    }
    this.#settled.clear();
    this.length = 0;
    this.json.truncate(0);
  }

  /** The first line of a document of this index, up to its id. Most spans go to one. */
  #headOf(index: string): JsonLiteral {
    if (index !== this.#headIndex) {
      this.#headIndex = index;
      this.#head = new JsonLiteral(`{"create":{"_index":${JSON.stringify(index)},"_id":"`);
    }
    return this.#head;
  }

  #start(i: number): number {
    return i === 0 ? 0 : (this.#ends[i - 1] as number);
  }

  #append(index: string, waiting: readonly Settlement[]): number {
    const i = this.length++;
    if (i === this.#ends.length) this.#grow();
    this.#ends[i] = this.json.length;
    this.#indices[i] = index;
    this.#waiting[i] = waiting;
    return i;
  }

  #grow(): void {
    const capacity = this.#ends.length * 2;
    this.#ends = copied(this.#ends, new Uint32Array(capacity));
    this.#numbers = copied(this.#numbers, new Int32Array(capacity * 2));
    this.#seconds = copied(this.#seconds, new Float64Array(capacity));
    this.#flags = copied(this.#flags, new Uint8Array(capacity));
  }
}

const COUNTED = 1;
const MAY_SHARE_ID = 2;
const PLAIN = 4;

function copied<T extends Uint32Array | Int32Array | Float64Array | Uint8Array>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}
