import { hexOf } from "@spoor/span-model";
import {
  ContentHash,
  decodeUtf8,
  type EncodedProcess,
  type EncodedSpan,
  KeyValueCursor,
  type KeyValuePlaces,
  SpanFields,
} from "@spoor/span-wire";
import type { TagIndex } from "../rows/indexed-tags.ts";
import { writeSpan } from "../rows/span-row.ts";
import { IndexRows } from "./index-rows.ts";
import { type ProcessRows, processRows } from "./process-rows.ts";
import type { RowGroups } from "./row-groups.ts";
import { TRACES } from "./tables.ts";

const TRACE_ID_BYTES = 16;
const KIND_KEY = Buffer.from("span.kind");
/** As v1 spells them. */
const SPAN_KINDS: ReadonlySet<string> = new Set(["client", "server", "producer", "consumer", "internal"]);

/** A span whose rows were written, until the next one is. */
export interface WrittenSpan {
  readonly fields: SpanFields;
  readonly traceId: string;
  readonly serviceName: string;
  readonly operationName: string;
  /** The first tag `span.kind`, where it names a kind as v1 spells them; "" otherwise. */
  readonly spanKind: string;
  /** Tells spans of one id apart, and is the same whenever the same bytes are written: they then fall on the same row. */
  readonly hashHigh: number;
  readonly hashLow: number;
}

/** Turns encoded spans into v1's rows without decoding them to objects. */
export class SpanRows {
  readonly #groups: RowGroups;
  readonly #tagIndex: TagIndex | undefined;
  readonly #index: IndexRows | undefined;
  readonly #fields = new SpanFields();
  readonly #hash = new ContentHash();
  readonly #processes = new Map<EncodedProcess, ProcessRows>();
  /** Spans since {@link open}, by their hash. */
  readonly #added = new Map<number, EncodedSpan>();
  #commonFields: Uint8Array = new Uint8Array(0);
  #commonTags: readonly KeyValuePlaces[] = [];

  /** Without `tagIndex`, as in an archive, only the spans themselves have rows. */
  constructor(groups: RowGroups, tagIndex: TagIndex | undefined) {
    this.#groups = groups;
    this.#tagIndex = tagIndex;
    this.#index = tagIndex === undefined ? undefined : new IndexRows(groups, tagIndex);
  }

  /** Tags left out of the index by v1's rules since the last call. */
  takeSkippedTags(): number {
    const skipped = this.#index?.skippedTags ?? 0;
    if (this.#index !== undefined) this.#index.skippedTags = 0;
    return skipped;
  }

  /** The spans that follow are of another batch, or travel later than those before. */
  open(commonFields: Uint8Array): void {
    this.#added.clear();
    this.#commonFields = commonFields;
    this.#commonTags = tagsOf(commonFields);
    this.#processes.clear();
  }

  /** A span that was added since {@link open} gets no more rows. */
  add(span: EncodedSpan): WrittenSpan {
    const fields = this.#fields.read(span);
    const process = this.#process(span.process);
    const hash = this.#hash;
    hash.reset(process.hash.high, process.hash.low);
    hash.add(span.buffer, span.start, span.end);
    hash.add(this.#commonFields);
    const { high: hashHigh, low: hashLow } = hash;
    const commonTags = this.#commonTags;

    const traceId = hexOf(fields.buffer, fields.traceIdStart, TRACE_ID_BYTES);
    if (this.#isNew(span, hashHigh, hashLow)) {
      const { out } = this.#groups;
      out.setSource(span.buffer);
      this.#groups.nextSpan();
      this.#groups.begin(TRACES);
      out.blob(fields.buffer, fields.traceIdStart, fields.traceIdStart + TRACE_ID_BYTES);
      this.#groups.endKey();
      writeSpan(out, fields, { hashHigh, hashLow, commonTags, process: process.value });
      this.#groups.end();
      this.#index?.add({ fields, traceId, hashHigh, hashLow, process, commonTags });
    }
    return {
      fields,
      traceId,
      serviceName: process.serviceName,
      operationName: decodeUtf8(fields.buffer, fields.operationNameStart, fields.operationNameEnd),
      spanKind: spanKindOf(fields.tags, commonTags),
      hashHigh,
      hashLow,
    };
  }

  /**
   * Rows of one batch have one timestamp. Written twice with it, a list has its elements twice: the second does not replace what is not
   * older.
   */
  #isNew(span: EncodedSpan, hashHigh: number, hashLow: number): boolean {
    const key = (hashHigh >>> 0) * 2 ** 21 + (hashLow >>> 11);
    const other = this.#added.get(key);
    if (other !== undefined && isSameSpan(span, other)) return false;
    this.#added.set(key, span);
    return true;
  }

  #process(process: EncodedProcess): ProcessRows {
    let rows = this.#processes.get(process);
    if (rows === undefined) {
      rows = processRows(process, this.#tagIndex);
      this.#processes.set(process, rows);
    }
    return rows;
  }
}

function isSameSpan(a: EncodedSpan, b: EncodedSpan): boolean {
  return (
    Buffer.compare(a.buffer.subarray(a.start, a.end), b.buffer.subarray(b.start, b.end)) === 0 &&
    (a.process === b.process || Buffer.compare(a.process.bytes, b.process.bytes) === 0)
  );
}

function tagsOf(fields: Uint8Array): readonly KeyValuePlaces[] {
  const tags: KeyValuePlaces[] = [];
  if (fields.length === 0) return tags;
  const cursor = new KeyValueCursor();
  cursor.openFields(fields, 0, fields.length, false);
  while (cursor.next()) tags.push(cursor.copy());
  return tags;
}

function spanKindOf(tags: readonly KeyValuePlaces[], commonTags: readonly KeyValuePlaces[]): string {
  const tag = tags.find(isKind) ?? commonTags.find(isKind);
  const kind = tag === undefined ? "" : tag.valueText();
  return SPAN_KINDS.has(kind) ? kind : "";
}

function isKind(tag: KeyValuePlaces): boolean {
  return tag.hasKey(KIND_KEY);
}
