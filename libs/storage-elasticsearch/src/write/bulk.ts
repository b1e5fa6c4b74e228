import type { EncodedSpan } from "@spoor/span-wire";
import { JsonWriter, piece } from "../document/json-writer.ts";
import type { DocumentIds } from "./document-id.ts";
import type { Settlement } from "./settlement.ts";

const NEW_LINE = 10;
const BEHIND_ID = piece('"}}\n');

/** The span of a document of a span. */
export interface BulkSpan {
  readonly encoded: EncodedSpan;
  readonly commonFields: Uint8Array;
  readonly spanKind: string;
  /** Where its header has them, see SpanHeader; kept as text they would outlive collections of the young generation. */
  readonly spanIdStart: number;
  readonly parentSpanIdStart: number;
  readonly startSeconds: number;
  /** Whether its call is counted, once it is stored. */
  readonly isCounted: boolean;
  /** Whether another span may have its id. */
  readonly mayShareId: boolean;
}

/** What a document of a bulk stands for. */
export interface BulkItem {
  /** Where its two lines are in the bulk's bytes. */
  readonly start: number;
  readonly end: number;
  readonly index: string;
  /** Whose writes wait for it. */
  readonly waiting: readonly Settlement[];
  /** For a second attempt in another form, for messages and for counting calls. */
  readonly span?: BulkSpan | undefined;
  /** Called once, when it is known whether the document is stored. */
  readonly settled?: ((isStored: boolean) => void) | undefined;
  /** True for a second attempt with all tags nested. */
  readonly isPlain: boolean;
}

/** The lines of a bulk request and what they stand for. Every document is a `create` with an id of its own: a second one is no harm. */
export class Bulk {
  readonly json: JsonWriter;
  readonly items: BulkItem[] = [];
  #index = "";
  #lineStart = 0;

  /** `json` may have been another's, whose bytes nobody needs any more. */
  constructor(json: JsonWriter = new JsonWriter()) {
    this.json = json;
    json.position = 0;
  }

  get byteLength(): number {
    return this.json.position;
  }

  get body(): Buffer {
    return this.json.buffer.subarray(0, this.json.position);
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
    this.#lineStart = json.position;
    json.raw(headOf(index));
    ids.write(json, span, commonFields, startSeconds);
    json.raw(BEHIND_ID);
  }

  endDocument(item: Omit<BulkItem, "index" | "start" | "end">): void {
    const { json } = this;
    json.byte(NEW_LINE);
    const { waiting, span, settled, isPlain } = item;
    this.items.push({
      start: this.#lineStart,
      end: json.position,
      index: this.#index,
      waiting,
      span,
      settled,
      isPlain,
    });
  }

  /** Takes back what {@link beginDocument} and the document wrote. */
  discardDocument(): void {
    this.json.position = this.#lineStart;
  }

  /** A document whose id is known. */
  addDocument(index: string, id: string, document: string, item: Omit<BulkItem, "index" | "start" | "end">): void {
    const start = this.json.position;
    this.json.text(`{"create":{"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id)}}}\n${document}\n`);
    this.items.push({ ...item, index, start, end: this.json.position });
  }

  /** A document of another bulk. */
  addAgain(other: Bulk, item: BulkItem): void {
    const start = this.json.position;
    this.json.raw(other.json.buffer.subarray(item.start, item.end));
    this.items.push({ ...item, start, end: this.json.position });
  }
}

const MOST_HEADS = 1000;
const heads = new Map<string, Buffer>();

/** The first line of a document of this index, up to its id. */
function headOf(index: string): Buffer {
  let head = heads.get(index);
  if (head === undefined) {
    head = Buffer.from(`{"create":{"_index":${JSON.stringify(index)},"_id":"`);
    if (heads.size >= MOST_HEADS) heads.clear();
    heads.set(index, head);
  }
  return head;
}
