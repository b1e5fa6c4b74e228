import type { KeyValue, Span } from "@spoor/span-model";
import { WireWriter } from "@spoor/span-wire";
import type { WorkloadBatch } from "../workload.ts";

const KINDS: Readonly<Record<string, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

/** An ExportTraceServiceRequest in protobuf, without a gRPC frame: one resource, one scope, as SDKs send it. */
export function encodeOtlpRequest(batch: WorkloadBatch): Buffer {
  const writer = new WireWriter();
  const resourceSpans = writer.begin(1);
  const resource = writer.begin(1);
  writeAttribute(writer, 1, { key: "service.name", type: "string", value: batch.process.serviceName });
  for (const tag of batch.process.tags) writeAttribute(writer, 1, tag);
  writer.end(resource);
  const scopeSpans = writer.begin(2);
  for (const span of batch.spans) writeSpan(writer, span);
  writer.end(scopeSpans);
  writer.end(resourceSpans);
  return Buffer.from(writer.finish());
}

function writeSpan(writer: WireWriter, span: Span): void {
  const mark = writer.begin(2);
  writeHex(writer, 1, span.traceId);
  writeHex(writer, 2, span.spanId);
  const parent = span.references[0];
  if (parent !== undefined) writeHex(writer, 4, parent.spanId);
  writer.stringField(5, span.operationName);
  const kind = span.tags.find((tag) => tag.key === "span.kind");
  writer.tag(6, 0);
  writer.varint32(kind?.type === "string" ? (KINDS[kind.value] ?? 0) : 0);
  writeFixed64(writer, 7, span.startTimeNs);
  writeFixed64(writer, 8, span.startTimeNs + span.durationNs);
  for (const tag of span.tags) if (tag !== kind) writeAttribute(writer, 9, tag);
  for (const log of span.logs) {
    const event = writer.begin(11);
    writeFixed64(writer, 1, log.timestampNs);
    for (const field of log.fields)
      if (field.key === "event" && field.type === "string") writer.stringField(2, field.value);
      else writeAttribute(writer, 3, field);
    writer.end(event);
  }
  writer.end(mark);
}

function writeAttribute(writer: WireWriter, field: number, attribute: KeyValue): void {
  const mark = writer.begin(field);
  writer.stringField(1, attribute.key);
  const value = writer.begin(2);
  if (attribute.type === "string") writer.stringField(1, attribute.value);
  else if (attribute.type === "bool") {
    writer.tag(2, 0);
    writer.varint32(attribute.value ? 1 : 0);
  } else if (attribute.type === "int64") {
    writer.tag(3, 0);
    writer.varintBig(attribute.value);
  } else throw new Error(`the workload has no ${attribute.type} attributes`);
  writer.end(value);
  writer.end(mark);
}

function writeHex(writer: WireWriter, field: number, hex: string): void {
  const bytes = Buffer.from(hex, "hex");
  writer.bytesField(field, bytes, 0, bytes.length);
}

function writeFixed64(writer: WireWriter, field: number, value: bigint): void {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(value);
  writer.tag(field, 1);
  writer.raw(bytes, 0, 8);
}
