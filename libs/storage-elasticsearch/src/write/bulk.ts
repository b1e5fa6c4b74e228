import * as crypto from "node:crypto";
import type { EncodedSpan } from "@spoor/span-wire";
import { JsonWriter, piece } from "../document/json-writer.ts";
import type { Settlement } from "./settlement.ts";

const ID_LENGTH = 20;
/** Letters of an id that tell the time: 36 bits of seconds. */
const TIME_LENGTH = 6;
const NEW_LINE = 10;
/** Room for an id, and what follows it. */
const ID_AND_TAIL = piece(`${"-".repeat(ID_LENGTH)}"}}\n`);

/** The span of a document of a span. */
export interface BulkSpan {
  readonly encoded: EncodedSpan;
  readonly commonFields: Uint8Array;
  readonly spanKind: string;
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
  #idStart = 0;
  #documentStart = 0;

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

  /** Writes the first line of a document whose id follows from its content; the document comes next, then {@link endDocument}. */
  beginDocument(index: string): void {
    const { json } = this;
    this.#index = index;
    this.#lineStart = json.position;
    json.raw(headOf(index));
    this.#idStart = json.position;
    json.raw(ID_AND_TAIL);
    this.#documentStart = json.position;
  }

  /**
   * Ends the document and gives it its id: the start in seconds, so that ids of one time stand together in the server's index, then a
   * hash of the whole document.
   */
  endDocument(startSeconds: number, item: Omit<BulkItem, "index" | "start" | "end">): void {
    const { json } = this;
    const content = json.buffer.subarray(this.#documentStart, json.position);
    const id = timeText(startSeconds) + digest(content);
    for (let i = 0; i < ID_LENGTH; i++) json.buffer[this.#idStart + i] = id.charCodeAt(i);
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

/** The first letters of a digest, in base64 for URLs. */
function digest(content: Uint8Array): string {
  return crypto.hash("sha1", content, "base64url").slice(0, ID_LENGTH - TIME_LENGTH);
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

let timeSeconds = -1;
let time = "";

/** Seconds as six letters of base64 for URLs, big-endian; most spans of a bulk share them. */
function timeText(seconds: number): string {
  if (seconds !== timeSeconds) {
    timeSeconds = seconds;
    // 48 bits are eight letters, of which the first two hold the highest 12 bits.
    time = Buffer.from(BigInt.asUintN(48, BigInt(seconds)).toString(16).padStart(12, "0"), "hex")
      .toString("base64url")
      .slice(2);
  }
  return time;
}
