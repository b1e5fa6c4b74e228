import { buildColumns, type TraceColumns } from "./columns.ts";
import { parseFind, spanMatcher } from "./find.ts";
import { type SpanDetail, spanDetail } from "./span-detail.ts";
import type { TraceJson } from "./trace-json.ts";

/** A loaded trace with its columns; answers the questions that need more than columns. */
export interface OpenTrace {
  readonly columns: TraceColumns;
  detail(row: number): SpanDetail;
  find(text: string): Uint8Array;
}

export function openTrace(trace: TraceJson): OpenTrace {
  const columns = buildColumns(trace);
  const spans = trace.spans ?? [];
  let rows: Map<string, number> | undefined;
  const rowOfId = (spanId: string): number => {
    if (rows === undefined) {
      rows = new Map();
      for (let row = columns.spanCount - 1; row >= 0; row--) rows.set(columns.spanId[row] ?? "", row);
    }
    return rows.get(spanId) ?? -1;
  };
  return {
    columns,
    detail: (row) => spanDetail(trace, spans[columns.order[row] ?? -1] ?? {}, row, columns.startUs, rowOfId),
    find(text) {
      const matches = spanMatcher(trace, parseFind(text));
      const mask = new Uint8Array(columns.spanCount);
      for (let row = 0; row < mask.length; row++) {
        if (matches(spans[columns.order[row] ?? -1] ?? {})) mask[row] = 1;
      }
      return mask;
    },
  };
}
