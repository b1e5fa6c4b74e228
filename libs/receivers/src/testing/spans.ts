import { encodeSpans, WireWriter } from "@spoor/span-wire";

/** A PostSpansRequest of `count` small spans of one service. For tests. */
export function postSpansRequest(service: string, count: number): Buffer {
  const process = { serviceName: service, tags: [] };
  const spans = encodeSpans(
    Array.from({ length: count }, (_, i) => ({
      traceId: "1".repeat(32),
      spanId: (i + 1).toString(16).padStart(16, "0"),
      operationName: "op",
      references: [],
      flags: 1,
      startTimeNs: 1_795_423_020_000_000_000n,
      durationNs: 1_000n,
      tags: [],
      logs: [],
      process,
      warnings: [],
    })),
  );
  const writer = new WireWriter();
  const batch = writer.begin(1);
  for (const span of spans) writer.bytesField(1, span.buffer, span.start, span.end);
  const owner = spans[0]?.process.bytes ?? new Uint8Array(0);
  writer.bytesField(2, owner, 0, owner.length);
  writer.end(batch);
  return Buffer.from(writer.finish());
}

/** An ExportTraceServiceRequest with one span of a service and a tag as long as asked. For tests. */
export function otlpRequest(service: string, tagLength = 0): Buffer {
  const writer = new WireWriter();
  const keyValue = (field: number, key: string, value: string): void => {
    const attribute = writer.begin(field);
    writer.stringField(1, key);
    const any = writer.begin(2);
    writer.stringField(1, value);
    writer.end(any);
    writer.end(attribute);
  };
  const resourceSpans = writer.begin(1);
  const resource = writer.begin(1);
  keyValue(1, "service.name", service);
  writer.end(resource);
  const scopeSpans = writer.begin(2);
  const span = writer.begin(2);
  writer.bytesField(1, Buffer.alloc(16, 1), 0, 16);
  writer.bytesField(2, Buffer.alloc(8, 2), 0, 8);
  writer.stringField(5, "op");
  if (tagLength > 0) keyValue(9, "long", service.at(0)?.repeat(tagLength) ?? "");
  writer.end(span);
  writer.end(scopeSpans);
  writer.end(resourceSpans);
  return Buffer.from(writer.finish());
}

/** A jaeger.thrift Batch in the binary protocol: a service `e` and no spans. For tests. */
export const THRIFT_BATCH_WITHOUT_SPANS: Buffer = Buffer.from("DAABCwABAAAAAWUADwACDAAAAAAA", "base64");
