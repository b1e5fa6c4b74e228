import {
  decodeUtf8,
  type EncodedProcess,
  KeyValueCursor,
  KeyValuePlaces,
  type LogFields,
  type SpanFields,
} from "@spoor/span-wire";
import { CqlWriter } from "./cql-writer.ts";
import { writeKeyValue } from "./key-value-row.ts";
import { writeMicroseconds } from "./microseconds.ts";

/** Keys of the tags in which v1 keeps a span's warnings, numbered from 1. */
export const WARNING_KEY = "$$span.warning.";

export const INSERT_SPAN =
  "INSERT INTO traces (trace_id, span_id, span_hash, parent_id, operation_name, flags, start_time, duration, tags, logs, refs, process) " +
  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const CHILD_OF = Buffer.from("child-of");
const FOLLOWS_FROM = Buffer.from("follows-from");
const TRACE_ID_BYTES = 16;
const warning = new KeyValuePlaces();

/** Values of {@link INSERT_SPAN} behind the trace id, which is its partition. */
export function writeSpan(
  writer: CqlWriter,
  span: SpanFields,
  given: {
    readonly hashHigh: number;
    readonly hashLow: number;
    /** Tags that all spans of the batch have. */
    readonly commonTags: readonly KeyValuePlaces[];
    /** From {@link processValue}, once for all spans that share it. */
    readonly process: Buffer;
  },
): void {
  writer.int64(span.spanIdHigh, span.spanIdLow);
  writer.int64(given.hashHigh, given.hashLow);
  // v1 keeps parents among the references; rows of old versions have them here.
  writer.int64(0, 0);
  writer.utf8(span.buffer, span.operationNameStart, span.operationNameEnd);
  writer.int32Value(span.flags);
  writeMicroseconds(writer, span.startSeconds, span.startNanos);
  writeMicroseconds(writer, span.durationSeconds, span.durationNanos);
  writeTags(writer, span, given.commonTags);
  writeLogs(writer, span.logs);
  writeReferences(writer, span);
  writer.blob(given.process);
}

const processWriter = new CqlWriter();
const cursor = new KeyValueCursor();

/** An empty list of tags is a list here; a column would read back as null. */
export function processValue(process: EncodedProcess): Buffer {
  processWriter.text(process.serviceName);
  const list = processWriter.begin();
  processWriter.int32(0);
  let tags = 0;
  cursor.openProcess(process);
  while (cursor.next()) {
    writeKeyValue(processWriter, cursor);
    tags++;
  }
  processWriter.view.setInt32(list, tags);
  processWriter.end(list);
  return processWriter.take();
}

function writeTags(writer: CqlWriter, span: SpanFields, commonTags: readonly KeyValuePlaces[]): void {
  const { tags, warnings } = span;
  const count = tags.length + commonTags.length + warnings.length;
  if (count === 0) {
    writer.null();
    return;
  }
  const list = writer.begin();
  writer.int32(count);
  for (const tag of tags) writeKeyValue(writer, tag);
  for (const tag of commonTags) writeKeyValue(writer, tag);
  for (let i = 0; i < warnings.length; i++) {
    const { start = 0, end = 0 } = warnings[i] ?? {};
    warning.setText(`${WARNING_KEY}${i + 1}`, decodeUtf8(span.buffer, start, end));
    writeKeyValue(writer, warning);
  }
  writer.end(list);
}

function writeLogs(writer: CqlWriter, logs: readonly LogFields[]): void {
  if (logs.length === 0) {
    writer.null();
    return;
  }
  const list = writer.begin();
  writer.int32(logs.length);
  for (const log of logs) {
    const item = writer.begin();
    writeMicroseconds(writer, log.seconds, log.nanos);
    const fields = writer.begin();
    writer.int32(log.fields.length);
    for (const field of log.fields) writeKeyValue(writer, field);
    writer.end(fields);
    writer.end(item);
  }
  writer.end(list);
}

function writeReferences(writer: CqlWriter, { buffer, references }: SpanFields): void {
  if (references.length === 0) {
    writer.null();
    return;
  }
  const list = writer.begin();
  writer.int32(references.length);
  for (const { followsFrom, traceIdStart, spanIdHigh, spanIdLow } of references) {
    const item = writer.begin();
    writer.blob(followsFrom ? FOLLOWS_FROM : CHILD_OF);
    writer.blob(buffer, traceIdStart, traceIdStart + TRACE_ID_BYTES);
    writer.int64(spanIdHigh, spanIdLow);
    writer.end(item);
  }
  writer.end(list);
}
