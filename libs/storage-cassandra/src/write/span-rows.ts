import { hexOf } from "@spoor/span-model";
import {
  decodeUtf8,
  type EncodedProcess,
  type EncodedSpan,
  KeyValueCursor,
  type KeyValuePlaces,
  SpanFields,
} from "@spoor/span-wire";
import type { TagIndex } from "../rows/indexed-tags.ts";
import { writeSpan } from "../rows/span-row.ts";
import { ContentHash } from "./hash.ts";
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

  /** The spans that follow are of another batch. */
  open(commonFields: Uint8Array): void {
    this.#commonFields = commonFields;
    this.#commonTags = tagsOf(commonFields);
    this.#processes.clear();
  }

  add(span: EncodedSpan): WrittenSpan {
    const groups = this.#groups;
    const fields = this.#fields.read(span);
    const process = this.#process(span.process);
    const hash = this.#hash;
    hash.reset(process.hash.high, process.hash.low);
    hash.add(span.buffer, span.start, span.end);
    hash.add(this.#commonFields);
    const { high: hashHigh, low: hashLow } = hash;
    const commonTags = this.#commonTags;

    groups.out.setSource(span.buffer);
    groups.nextSpan();
    groups.begin(TRACES);
    groups.out.blob(fields.buffer, fields.traceIdStart, fields.traceIdStart + TRACE_ID_BYTES);
    groups.endKey();
    writeSpan(groups.out, fields, { hashHigh, hashLow, commonTags, process: process.value });
    groups.end();

    const traceId = hexOf(fields.buffer, fields.traceIdStart, TRACE_ID_BYTES);
    this.#index?.add({ fields, traceId, hashHigh, hashLow, process, commonTags });
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

  #process(process: EncodedProcess): ProcessRows {
    let rows = this.#processes.get(process);
    if (rows === undefined) {
      rows = processRows(process, this.#tagIndex);
      this.#processes.set(process, rows);
    }
    return rows;
  }
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
