import { hexToBytes, WireWriter } from "@spoor/span-wire";
import type { AttributeValue, OtlpAttribute } from "./attributes.ts";
import type { OtlpResourceSpans } from "./group.ts";
import type { OtlpEvent, OtlpLink, OtlpSpan } from "./model.ts";

/**
 * TracesData in protobuf. Like v1's generated code it writes `resource`, `scope`, `status` and all ids even when they are empty, so that
 * the bytes are the same.
 */
export function tracesProtobuf(groups: readonly OtlpResourceSpans[]): Uint8Array {
  const out = new WireWriter(4096);
  for (const { attributes, scopes } of groups) {
    const group = out.begin(1);
    const resource = out.begin(1);
    writeAttributes(out, 1, attributes);
    out.end(resource);
    for (const { scope, spans } of scopes) {
      const scopeSpans = out.begin(2);
      const mark = out.begin(1);
      out.textField(1, scope.name);
      out.textField(2, scope.version);
      out.end(mark);
      for (const span of spans) writeSpan(out, span);
      out.end(scopeSpans);
    }
    out.end(group);
  }
  return out.finish();
}

function writeSpan(out: WireWriter, span: OtlpSpan): void {
  const mark = out.begin(2);
  writeId(out, 1, span.traceId);
  writeId(out, 2, span.spanId);
  out.textField(3, span.traceState);
  writeId(out, 4, span.parentSpanId);
  out.textField(5, span.name);
  if (span.kind !== 0) {
    out.tag(6, 0);
    out.varint32(span.kind);
  }
  writeFixed64(out, 7, span.startTimeUnixNano);
  writeFixed64(out, 8, span.endTimeUnixNano);
  writeAttributes(out, 9, span.attributes);
  for (const event of span.events) writeEvent(out, event);
  for (const link of span.links) writeLink(out, link);
  const status = out.begin(15);
  out.textField(2, span.status.message);
  if (span.status.code !== 0) {
    out.tag(3, 0);
    out.varint32(span.status.code);
  }
  out.end(status);
  out.end(mark);
}

function writeEvent(out: WireWriter, event: OtlpEvent): void {
  const mark = out.begin(11);
  writeFixed64(out, 1, event.timeUnixNano);
  out.textField(2, event.name);
  writeAttributes(out, 3, event.attributes);
  out.end(mark);
}

function writeLink(out: WireWriter, link: OtlpLink): void {
  const mark = out.begin(13);
  writeId(out, 1, link.traceId);
  writeId(out, 2, link.spanId);
  writeAttributes(out, 4, link.attributes);
  out.end(mark);
}

function writeAttributes(out: WireWriter, field: number, attributes: readonly OtlpAttribute[]): void {
  for (const { key, value } of attributes) {
    const mark = out.begin(field);
    out.textField(1, key);
    const any = out.begin(2);
    writeValue(out, value);
    out.end(any);
    out.end(mark);
  }
}

/** The chosen field of AnyValue is written even when it is zero or empty: it tells the type. */
function writeValue(out: WireWriter, value: AttributeValue): void {
  switch (value.type) {
    case "string":
      out.stringField(1, value.value);
      break;
    case "bool":
      out.tag(2, 0);
      out.varint32(value.value ? 1 : 0);
      break;
    case "int64":
      out.tag(3, 0);
      out.varintBig(value.value);
      break;
    case "float64":
      out.tag(4, 1);
      out.double(value.value);
      break;
    case "binary":
      out.bytesField(7, value.value, 0, value.value.length);
      break;
    case "strings": {
      const array = out.begin(5);
      for (const item of value.value) {
        const mark = out.begin(1);
        out.stringField(1, item);
        out.end(mark);
      }
      out.end(array);
    }
  }
}

function writeId(out: WireWriter, field: number, hex: string): void {
  const size = hex.length / 2;
  out.bytesField(field, hexToBytes(hex, size), 0, size);
}

function writeFixed64(out: WireWriter, field: number, value: bigint): void {
  if (value === 0n) return;
  out.tag(field, 1);
  out.reserve(8);
  out.buffer.writeBigUInt64LE(value, out.position);
  out.position += 8;
}
