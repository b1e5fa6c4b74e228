import { decodeOtlpTracesData, OtlpError } from "@spoor/otlp";
import { rawTrace } from "@spoor/query-service";
import type { TraceId } from "@spoor/span-model";
import { type EncodedSpan, readTraceId } from "@spoor/span-wire";
import { invalidParameter } from "../errors.ts";
import type { JsonTrace } from "../json/trace-json.ts";

/**
 * OTLP/JSON (TracesData) as traces, in the order their first spans come: what `/api/transform` shows of an uploaded file.
 * A body that is none is the client's mistake, told in v1's words.
 */
export function transformOtlp(body: Buffer): readonly JsonTrace[] {
  let spans: readonly EncodedSpan[];
  try {
    spans = decodeOtlpTracesData(body);
  } catch (error) {
    if (error instanceof OtlpError) throw invalidParameter(`cannot unmarshal OTLP : ${error.message}`);
    throw error;
  }
  const traces = new Map<TraceId, EncodedSpan[]>();
  for (const span of spans) {
    const traceId = readTraceId(span);
    const known = traces.get(traceId);
    if (known) known.push(span);
    else traces.set(traceId, [span]);
  }
  return [...traces].map(([traceId, own]) => rawTrace(traceId, own));
}
