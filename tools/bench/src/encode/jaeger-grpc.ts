import { encodeSpans, NO_FIELDS, WireWriter, wholeSpan } from "@spoor/span-wire";
import { grpcFrame } from "../grpc-frame.ts";
import type { WorkloadBatch } from "../workload.ts";

/** A PostSpansRequest in its gRPC frame: the process once, in the batch, as clients and agents send it. */
export function encodeJaegerGrpc(batch: WorkloadBatch): Buffer {
  const writer = new WireWriter();
  const mark = writer.begin(1);
  const encoded = encodeSpans(batch.spans);
  for (const span of encoded) writer.bytesField(1, span.buffer, span.start, span.end);
  const process = encoded[0]?.process.bytes ?? NO_FIELDS;
  writer.bytesField(2, process, 0, process.length);
  writer.end(mark);
  return grpcFrame(writer.finish());
}

/** Bytes of one span as a store sees it, process included; for reporting the size of the workload. */
export function meanSpanBytes(batch: WorkloadBatch): number {
  const sizes = encodeSpans(batch.spans).map((span) => wholeSpan(span, NO_FIELDS).length);
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}
