import { createWriter } from "./create-writer.ts";
import { MESSAGE_TYPE, type ThriftProtocol, TYPE } from "./types.ts";
import type { ThriftWriter } from "./writer.ts";
import type { ZipkinCoreEndpoint, ZipkinCoreSpan } from "./zipkin-core.ts";

/** A bare `list<zipkincore.Span>`, as posted to `/api/v1/spans`. */
export function encodeZipkinSpans(spans: readonly ZipkinCoreSpan[], protocol: ThriftProtocol = "binary"): Uint8Array {
  const writer = createWriter(protocol);
  writeSpans(writer, spans);
  return writer.finish();
}

/** A call of `emitZipkinBatch` of agent.thrift, as sent in one datagram. */
export function encodeEmitZipkinBatch(spans: readonly ZipkinCoreSpan[], protocol: ThriftProtocol): Uint8Array {
  const writer = createWriter(protocol);
  writer.messageBegin("emitZipkinBatch", MESSAGE_TYPE.oneway, 0);
  writer.structBegin();
  writer.field(1, TYPE.list);
  writeSpans(writer, spans);
  writer.structEnd();
  return writer.finish();
}

function writeSpans(writer: ThriftWriter, spans: readonly ZipkinCoreSpan[]): void {
  writer.listBegin(TYPE.struct, spans.length);
  for (const span of spans) writeSpan(writer, span);
}

function writeSpan(writer: ThriftWriter, span: ZipkinCoreSpan): void {
  writer.structBegin();
  i64Field(writer, 1, span.traceId);
  textField(writer, 3, span.name);
  i64Field(writer, 4, span.id);
  i64Field(writer, 5, span.parentId);
  writer.field(6, TYPE.list);
  writer.listBegin(TYPE.struct, span.annotations.length);
  for (const annotation of span.annotations) {
    writer.structBegin();
    i64Field(writer, 1, annotation.timestampUs);
    textField(writer, 2, annotation.value);
    endpointField(writer, 3, annotation.host);
    writer.structEnd();
  }
  writer.field(8, TYPE.list);
  writer.listBegin(TYPE.struct, span.binaryAnnotations.length);
  for (const annotation of span.binaryAnnotations) {
    writer.structBegin();
    textField(writer, 1, annotation.key);
    writer.field(2, TYPE.string);
    writer.bytes(annotation.value);
    writer.field(3, TYPE.i32);
    writer.i32(annotation.type);
    endpointField(writer, 4, annotation.host);
    writer.structEnd();
  }
  if (span.debug) writer.boolField(9, true);
  i64Field(writer, 10, span.timestampUs);
  i64Field(writer, 11, span.durationUs);
  i64Field(writer, 12, span.traceIdHigh);
  writer.structEnd();
}

function endpointField(writer: ThriftWriter, id: number, endpoint: ZipkinCoreEndpoint | undefined): void {
  if (endpoint === undefined) return;
  writer.field(id, TYPE.struct);
  writer.structBegin();
  writer.field(1, TYPE.i32);
  writer.i32(endpoint.ipv4);
  writer.field(2, TYPE.i16);
  writer.i16(endpoint.port);
  textField(writer, 3, endpoint.serviceName);
  if (endpoint.ipv6 !== undefined) {
    writer.field(4, TYPE.string);
    writer.bytes(endpoint.ipv6);
  }
  writer.structEnd();
}

function textField(writer: ThriftWriter, id: number, text: string): void {
  writer.field(id, TYPE.string);
  writer.text(text);
}

function i64Field(writer: ThriftWriter, id: number, value: bigint | undefined): void {
  if (value === undefined) return;
  writer.field(id, TYPE.i64);
  writer.i64(value);
}
