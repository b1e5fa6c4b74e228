import { goJsonString } from "@spoor/go-text";
import { formatTraceId, type TraceId } from "@spoor/span-model";
import { type JsonTrace, TraceJsonWriter } from "./trace-json.ts";

/** An entry of the envelope's `errors`. */
export interface ReplyError {
  readonly code?: number;
  readonly message: string;
  readonly traceId?: TraceId;
}

/** v1's reply envelope around data that is JSON already. */
export function envelope(data: string, total: number, errors: readonly ReplyError[] | null): string {
  return `{"data":${data}${envelopeTail(total, errors)}`;
}

function envelopeTail(total: number, errors: readonly ReplyError[] | null): string {
  const list = errors === null ? "null" : `[${errors.map(errorJson).join(",")}]`;
  return `,"total":${total},"limit":0,"offset":0,"errors":${list}}`;
}

function errorJson(error: ReplyError): string {
  const code = error.code === undefined ? "" : `"code":${error.code},`;
  const traceId = error.traceId === undefined ? "" : `,"traceID":"${formatTraceId(error.traceId)}"`;
  return `{${code}"msg":${goJsonString(error.message)}${traceId}}`;
}

/**
 * The envelope around traces, in pieces. `errors` is read at the end, so it may be filled while the traces are read;
 * empty it shows as null.
 */
export async function* tracesEnvelope(
  traces: AsyncIterable<JsonTrace> | Iterable<JsonTrace>,
  errors: readonly ReplyError[],
): AsyncGenerator<Buffer, void, undefined> {
  const writer = new TraceJsonWriter();
  let separator = '{"data":[';
  for await (const trace of traces) {
    writer.text(separator);
    separator = ",";
    for (const piece of writer.trace(trace)) yield piece;
  }
  if (separator !== ",") writer.text(separator);
  writer.text(`]${envelopeTail(0, errors.length === 0 ? null : errors)}`);
  yield writer.rest();
}
