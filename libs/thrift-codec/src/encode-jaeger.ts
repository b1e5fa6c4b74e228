import { type KeyValue, type Log, type Process, parentReference, type Span } from "@spoor/span-model";
import { createWriter } from "./create-writer.ts";
import type { JaegerClientStats } from "./jaeger-decoder.ts";
import { TAG_TYPE } from "./jaeger-tag.ts";
import { MESSAGE_TYPE, type ThriftProtocol, TYPE } from "./types.ts";
import type { ThriftWriter } from "./writer.ts";

/** What a client sends: spans of one process (their own `process` is ignored), with its counts. */
export interface JaegerBatchInput {
  readonly process: Process;
  readonly spans: readonly Span[];
  readonly seqNo?: bigint;
  readonly stats?: JaegerClientStats;
}

/** A bare jaeger.thrift `Batch`, as posted to `/api/traces`. Times lose what is finer than a microsecond. */
export function encodeJaegerBatch(batch: JaegerBatchInput, protocol: ThriftProtocol = "binary"): Uint8Array {
  const writer = createWriter(protocol);
  writeBatch(writer, batch);
  return writer.finish();
}

/** A call of `emitBatch` of agent.thrift, as sent in one datagram. */
export function encodeEmitBatch(
  batch: JaegerBatchInput,
  protocol: ThriftProtocol,
  message: { readonly type?: number; readonly sequence?: number } = {},
): Uint8Array {
  const writer = createWriter(protocol);
  writer.messageBegin("emitBatch", message.type ?? MESSAGE_TYPE.oneway, message.sequence ?? 0);
  writer.structBegin();
  writer.field(1, TYPE.struct);
  writeBatch(writer, batch);
  writer.structEnd();
  return writer.finish();
}

function writeBatch(writer: ThriftWriter, { process, spans, seqNo, stats }: JaegerBatchInput): void {
  writer.structBegin();
  writer.field(1, TYPE.struct);
  writer.structBegin();
  writer.field(1, TYPE.string);
  writer.text(process.serviceName);
  if (process.tags.length > 0) writeTags(writer, 2, process.tags);
  writer.structEnd();
  writer.field(2, TYPE.list);
  writer.listBegin(TYPE.struct, spans.length);
  for (const span of spans) writeSpan(writer, span);
  if (seqNo !== undefined) i64Field(writer, 3, seqNo);
  if (stats !== undefined) {
    writer.field(4, TYPE.struct);
    writer.structBegin();
    i64Field(writer, 1, stats.fullQueueDroppedSpans);
    i64Field(writer, 2, stats.tooLargeDroppedSpans);
    i64Field(writer, 3, stats.failedToEmitSpans);
    writer.structEnd();
  }
  writer.structEnd();
}

function writeSpan(writer: ThriftWriter, span: Span): void {
  const parent = parentReference(span.traceId, span.references);
  writer.structBegin();
  i64Field(writer, 1, idOf(span.traceId.slice(16)));
  i64Field(writer, 2, idOf(span.traceId.slice(0, 16)));
  i64Field(writer, 3, idOf(span.spanId));
  i64Field(writer, 4, parent === undefined ? 0n : idOf(parent.spanId));
  writer.field(5, TYPE.string);
  writer.text(span.operationName);
  if (span.references.length > 0) {
    writer.field(6, TYPE.list);
    writer.listBegin(TYPE.struct, span.references.length);
    for (const { type, traceId, spanId } of span.references) {
      writer.structBegin();
      writer.field(1, TYPE.i32);
      writer.i32(type === "FOLLOWS_FROM" ? 1 : 0);
      i64Field(writer, 2, idOf(traceId.slice(16)));
      i64Field(writer, 3, idOf(traceId.slice(0, 16)));
      i64Field(writer, 4, idOf(spanId));
      writer.structEnd();
    }
  }
  writer.field(7, TYPE.i32);
  writer.i32(span.flags);
  i64Field(writer, 8, span.startTimeNs / 1000n);
  i64Field(writer, 9, span.durationNs / 1000n);
  if (span.tags.length > 0) writeTags(writer, 10, span.tags);
  if (span.logs.length > 0) writeLogs(writer, span.logs);
  writer.structEnd();
}

function writeLogs(writer: ThriftWriter, logs: readonly Log[]): void {
  writer.field(11, TYPE.list);
  writer.listBegin(TYPE.struct, logs.length);
  for (const log of logs) {
    writer.structBegin();
    i64Field(writer, 1, log.timestampNs / 1000n);
    writeTags(writer, 2, log.fields);
    writer.structEnd();
  }
}

function writeTags(writer: ThriftWriter, id: number, tags: readonly KeyValue[]): void {
  writer.field(id, TYPE.list);
  writer.listBegin(TYPE.struct, tags.length);
  for (const tag of tags) writeTag(writer, tag);
}

function writeTag(writer: ThriftWriter, tag: KeyValue): void {
  writer.structBegin();
  writer.field(1, TYPE.string);
  writer.text(tag.key);
  writer.field(2, TYPE.i32);
  switch (tag.type) {
    case "string":
      writer.i32(TAG_TYPE.string);
      writer.field(3, TYPE.string);
      writer.text(tag.value);
      break;
    case "float64":
      writer.i32(TAG_TYPE.double);
      writer.field(4, TYPE.double);
      writer.double(tag.value);
      break;
    case "bool":
      writer.i32(TAG_TYPE.bool);
      writer.boolField(5, tag.value);
      break;
    case "int64":
      writer.i32(TAG_TYPE.long);
      i64Field(writer, 6, tag.value);
      break;
    case "binary":
      writer.i32(TAG_TYPE.binary);
      writer.field(7, TYPE.string);
      writer.bytes(tag.value);
      break;
    default:
      writer.i32(tag.code);
  }
  writer.structEnd();
}

function i64Field(writer: ThriftWriter, id: number, value: bigint): void {
  writer.field(id, TYPE.i64);
  writer.i64(value);
}

function idOf(hex: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${hex}`));
}
