import type { KeyValue, Log, Process, Span, SpanReference } from "@spoor/span-model";
import { hexToBytes } from "@spoor/span-wire";
import { bigintValue, CqlWriter, intValue, textValue } from "./cql-writer.ts";
import { writeKeyValue } from "./key-value-row.ts";

/** Keys of the tags in which v1 keeps a span's warnings, numbered from 1. */
export const WARNING_KEY = "$$span.warning.";

export const INSERT_SPAN =
  "INSERT INTO traces (trace_id, span_id, span_hash, parent_id, operation_name, flags, start_time, duration, tags, logs, refs, process) " +
  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/** v1 keeps parents among the references; rows of old versions have them here. */
const NO_PARENT = bigintValue(0n);
const writer = new CqlWriter();

export function microseconds(ns: bigint): bigint {
  return ns / 1000n;
}

/** Encoded values of {@link INSERT_SPAN}. `process` comes from {@link processValue}, once for all spans that share it. */
export function spanValues(span: Span, hash: Buffer, process: Buffer): readonly (Buffer | null)[] {
  return [
    Buffer.from(hexToBytes(span.traceId, 16).buffer),
    Buffer.from(hexToBytes(span.spanId, 8).buffer),
    hash,
    NO_PARENT,
    textValue(span.operationName),
    intValue(span.flags),
    bigintValue(microseconds(span.startTimeNs)),
    bigintValue(microseconds(span.durationNs)),
    tagsValue(span.tags, span.warnings),
    logsValue(span.logs),
    referencesValue(span.references),
    process,
  ];
}

/** An empty list of tags is a list here; a column would read back as null. */
export function processValue(process: Process): Buffer {
  writer.text(process.serviceName);
  const list = writer.begin();
  writer.int32(process.tags.length);
  for (const tag of process.tags) writeKeyValue(writer, tag);
  writer.end(list);
  return writer.take();
}

function tagsValue(tags: readonly KeyValue[], warnings: readonly string[]): Buffer | null {
  if (tags.length + warnings.length === 0) return null;
  writer.int32(tags.length + warnings.length);
  for (const tag of tags) writeKeyValue(writer, tag);
  warnings.forEach((value, i) => {
    writeKeyValue(writer, { key: `${WARNING_KEY}${i + 1}`, type: "string", value });
  });
  return writer.take();
}

function logsValue(logs: readonly Log[]): Buffer | null {
  if (logs.length === 0) return null;
  writer.int32(logs.length);
  for (const log of logs) {
    const item = writer.begin();
    writer.bigint(microseconds(log.timestampNs));
    const list = writer.begin();
    writer.int32(log.fields.length);
    for (const field of log.fields) writeKeyValue(writer, field);
    writer.end(list);
    writer.end(item);
  }
  return writer.take();
}

function referencesValue(references: readonly SpanReference[]): Buffer | null {
  if (references.length === 0) return null;
  writer.int32(references.length);
  for (const { type, traceId, spanId } of references) {
    const item = writer.begin();
    writer.text(type === "CHILD_OF" ? "child-of" : "follows-from");
    writer.blob(hexToBytes(traceId, 16));
    writer.bigint(BigInt(`0x${spanId}`));
    writer.end(item);
  }
  return writer.take();
}
