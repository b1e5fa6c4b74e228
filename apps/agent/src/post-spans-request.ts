import {
  type EncodedProcess,
  type EncodedSpan,
  NO_PROCESS,
  type SpanBatch,
  WireWriter,
  wholeSpanLength,
  writeWholeSpan,
} from "@spoor/span-wire";

/** Numbers of `PostSpansRequest.batch`, `Batch.spans` and `Batch.process`. */
const FIELD = { batch: 1, spans: 1, process: 2 } as const;
/** Room that the writer wants to have behind the last field. */
const SLACK_BYTES = 16;

/**
 * `jaeger.api_v2.PostSpansRequest` with the spans of several batches. The process that most spans have stands once for the batch; spans
 * of others carry their own. Lengths are known before anything is written, so that nothing is written twice.
 */
export function encodePostSpansRequest(batches: readonly SpanBatch[]): Uint8Array {
  const shared = commonProcess(batches);
  const length = batchLength(batches, shared);
  const writer = new WireWriter(fieldLength(length) + SLACK_BYTES);
  writer.tag(FIELD.batch, 2);
  writer.varint32(length);
  for (const { spans, commonFields } of batches) {
    for (const span of spans) {
      writer.tag(FIELD.spans, 2);
      writer.varint32(spanLength(span, commonFields, shared));
      if (span.process === shared) {
        writer.raw(span.buffer, span.start, span.end);
        writer.raw(commonFields, 0, commonFields.length);
      } else writeWholeSpan(writer, span, commonFields);
    }
  }
  if (shared !== undefined) writer.bytesField(FIELD.process, shared.bytes, 0, shared.bytes.length);
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

function batchLength(batches: readonly SpanBatch[], shared: EncodedProcess | undefined): number {
  let length = shared === undefined ? 0 : fieldLength(shared.bytes.length);
  for (const { spans, commonFields } of batches) {
    for (const span of spans) length += fieldLength(spanLength(span, commonFields, shared));
  }
  return length;
}

function spanLength(span: EncodedSpan, commonFields: Uint8Array, shared: EncodedProcess | undefined): number {
  return span.process === shared ? span.end - span.start + commonFields.length : wholeSpanLength(span, commonFields);
}

/** Of a length-delimited field with a number below 16. */
function fieldLength(length: number): number {
  let prefix = 2;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) prefix++;
  return prefix + length;
}
