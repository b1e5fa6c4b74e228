import { type EncodedProcess, NO_PROCESS, type SpanBatch, WireWriter } from "@spoor/span-wire";

/** Numbers of `PostSpansRequest.batch`, `Batch.spans`, `Batch.process` and `Span.process`. */
const FIELD = { batch: 1, spans: 1, batchProcess: 2, spanProcess: 10 } as const;

/**
 * `jaeger.api_v2.PostSpansRequest` with the spans of several batches. The process that most spans have stands once for the batch; spans
 * of others carry their own.
 */
export function encodePostSpansRequest(batches: readonly SpanBatch[]): Uint8Array {
  const shared = commonProcess(batches);
  const writer = new WireWriter(estimateBytes(batches));
  const outer = writer.begin(FIELD.batch);
  for (const { spans, commonFields } of batches) {
    for (const span of spans) {
      const mark = writer.begin(FIELD.spans);
      writer.raw(span.buffer, span.start, span.end);
      writer.raw(commonFields, 0, commonFields.length);
      if (span.process !== shared && span.process !== NO_PROCESS) {
        writer.bytesField(FIELD.spanProcess, span.process.bytes, 0, span.process.bytes.length);
      }
      writer.end(mark);
    }
  }
  if (shared !== undefined) writer.bytesField(FIELD.batchProcess, shared.bytes, 0, shared.bytes.length);
  writer.end(outer);
  return writer.buffer.subarray(0, writer.position);
}

/** `undefined` when a span has no process: it would be given the batch's. */
function commonProcess(batches: readonly SpanBatch[]): EncodedProcess | undefined {
  const counts = new Map<EncodedProcess, number>();
  let best: EncodedProcess | undefined;
  for (const { spans } of batches) {
    for (const { process } of spans) {
      if (process === NO_PROCESS) return undefined;
      const count = (counts.get(process) ?? 0) + 1;
      counts.set(process, count);
      if (best === undefined || count > (counts.get(best) ?? 0)) best = process;
    }
  }
  return best;
}

function estimateBytes(batches: readonly SpanBatch[]): number {
  let bytes = 64;
  for (const { spans } of batches) for (const span of spans) bytes += span.end - span.start + 64;
  return bytes;
}
