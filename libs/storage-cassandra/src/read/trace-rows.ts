import type { Span, TraceId } from "@spoor/span-model";
import { hexToBytes } from "@spoor/span-wire";
import type { ReadOptions } from "@spoor/storage-api";
import { type PageReader, pagesOf } from "../paging.ts";
import { SPAN_COLUMNS, SpanRowReader } from "../rows/read-span.ts";

const SELECT_TRACE = `SELECT ${SPAN_COLUMNS} FROM traces WHERE trace_id = ?`;
const SELECT_SPAN = `SELECT ${SPAN_COLUMNS} FROM traces WHERE trace_id = ? AND span_id = ?`;
const SPANS_A_PAGE = 500;

export function traceIdValue(traceId: TraceId): Buffer {
  return Buffer.from(hexToBytes(traceId, 16).buffer);
}

/** All spans of a trace, page by page. */
export async function* readTrace(
  reads: PageReader,
  traceId: TraceId,
  options: Pick<ReadOptions, "signal">,
): AsyncGenerator<readonly Span[]> {
  const statement = { query: SELECT_TRACE, params: [traceIdValue(traceId)] };
  const reader = new SpanRowReader();
  for await (const rows of pagesOf(reads, statement, { fetchSize: SPANS_A_PAGE }, options.signal)) {
    yield rows.map((row) => reader.read(row));
  }
}

/** The spans of one id in a trace: usually one. */
export async function readSpans(reads: PageReader, traceId: TraceId, spanId: Buffer): Promise<readonly Span[]> {
  const page = await reads.page(
    { query: SELECT_SPAN, params: [traceIdValue(traceId), spanId] },
    { fetchSize: SPANS_A_PAGE },
  );
  const reader = new SpanRowReader();
  return page.rows.map((row) => reader.read(row));
}
