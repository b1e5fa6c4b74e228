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
