import type { KeyValuePlaces, SpanFields } from "@spoor/span-wire";
import type { CqlWriter } from "../rows/cql-writer.ts";
import type { TagIndex } from "../rows/indexed-tags.ts";
import { bigMicroseconds, exactMicroseconds, writeMicroseconds } from "../rows/microseconds.ts";
import type { ProcessRows } from "./process-rows.ts";
import type { RowGroups } from "./row-groups.ts";
import { StartSlots, V1_BUCKETS } from "./start-slots.ts";
import { DURATION_INDEX, OPERATION_INDEX, SERVICE_INDEX, TAG_INDEX } from "./tables.ts";
import { durationBucketMs } from "./time-buckets.ts";

const FIREHOSE = 8;
const TRACE_ID_BYTES = 16;
const TWO_32 = 4_294_967_296;
const TWO_32_MOD_BUCKETS = TWO_32 % V1_BUCKETS;

export interface IndexedSpan {
  readonly fields: SpanFields;
  readonly traceId: string;
  readonly hashHigh: number;
  readonly hashLow: number;
  readonly process: ProcessRows;
  readonly commonTags: readonly KeyValuePlaces[];
}

/** Writes the rows by which a span is found. Spans with the firehose flag are found by service and operation only, as in v1. */
export class IndexRows {
  readonly #groups: RowGroups;
  readonly #tagIndex: TagIndex;
  readonly #slots = new StartSlots();
  /** Tags that v1's rules left out of the index so far. */
  skippedTags = 0;

  constructor(groups: RowGroups, tagIndex: TagIndex) {
    this.#groups = groups;
    this.#tagIndex = tagIndex;
  }

  add(span: IndexedSpan): void {
    const { fields } = span;
    const start =
      exactMicroseconds(fields.startSeconds, fields.startNanos) ??
      bigMicroseconds(fields.startSeconds, fields.startNanos);
    this.#service(span, start);
    this.#operation(span);
    if ((fields.flags & FIREHOSE) !== 0) return;
    this.#tags(span);
    const bucketMs = durationBucketMs(Number(start));
    this.#duration(span, bucketMs, false);
    this.#duration(span, bucketMs, true);
  }

  #service(span: IndexedSpan, start: number | bigint): void {
    const groups = this.#groups;
    const { out } = groups;
    const { fields, process } = span;
    const high = (span.hashHigh >>> 0) % V1_BUCKETS;
    const preferred = (high * TWO_32_MOD_BUCKETS + ((span.hashLow >>> 0) % V1_BUCKETS)) % V1_BUCKETS;
    groups.begin(SERVICE_INDEX);
    out.raw(process.service);
    out.int32Value(this.#slots.bucket(process.serviceName, start, span.traceId, preferred));
    groups.endKey();
    writeStart(out, fields);
    writeTraceId(out, fields);
    groups.end();
  }

  #operation({ fields, process }: IndexedSpan): void {
    const groups = this.#groups;
    const { out } = groups;
    groups.begin(OPERATION_INDEX);
    out.raw(process.service);
    out.utf8(fields.buffer, fields.operationNameStart, fields.operationNameEnd);
    groups.endKey();
    writeStart(out, fields);
    writeTraceId(out, fields);
    groups.end();
  }

  #duration({ fields, process }: IndexedSpan, bucketMs: number, withOperation: boolean): void {
    const groups = this.#groups;
    const { out } = groups;
    groups.begin(DURATION_INDEX);
    out.raw(process.service);
    if (withOperation) out.utf8(fields.buffer, fields.operationNameStart, fields.operationNameEnd);
    else out.int32(0);
    out.int64(Math.floor(bucketMs / TWO_32), bucketMs | 0);
    groups.endKey();
    writeMicroseconds(out, fields.durationSeconds, fields.durationNanos);
    writeStart(out, fields);
    writeTraceId(out, fields);
    groups.end();
  }

  #tags({ fields, process, commonTags }: IndexedSpan): void {
    const index = this.#tagIndex;
    const groups = this.#groups;
    for (const key of process.tagKeys) {
      groups.begin(TAG_INDEX);
      groups.out.raw(key);
      groups.endKey();
      this.#endTag(fields);
    }
    this.skippedTags += process.skippedTags;
    if (index.tags) {
      for (const tag of fields.tags) this.#tag(tag, fields, process);
      for (const tag of commonTags) this.#tag(tag, fields, process);
    }
    if (index.logs) for (const log of fields.logs) for (const field of log.fields) this.#tag(field, fields, process);
  }

  #tag(tag: KeyValuePlaces, fields: SpanFields, process: ProcessRows): void {
    const groups = this.#groups;
    groups.begin(TAG_INDEX);
    groups.out.raw(process.service);
    const outcome = this.#tagIndex.write(groups.out, tag);
    if (outcome === "written") {
      groups.endKey();
      this.#endTag(fields);
      return;
    }
    groups.cancel();
    if (outcome === "skipped") this.skippedTags++;
  }

  #endTag(fields: SpanFields): void {
    const { out } = this.#groups;
    writeStart(out, fields);
    writeTraceId(out, fields);
    out.int64(fields.spanIdHigh, fields.spanIdLow);
    this.#groups.end();
  }
}

function writeStart(out: CqlWriter, fields: SpanFields): void {
  writeMicroseconds(out, fields.startSeconds, fields.startNanos);
}

function writeTraceId(out: CqlWriter, { buffer, traceIdStart }: SpanFields): void {
  out.blob(buffer, traceIdStart, traceIdStart + TRACE_ID_BYTES);
}
