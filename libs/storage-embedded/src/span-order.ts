import type { Memtable } from "./memtable.ts";

/** The order of a block's spans; see block-format. */
export interface SpanOrder {
  /** The memtable's span at each ordinal. */
  readonly spanAt: Uint32Array;
  /** The memtable's traces in the block's order, and the first ordinal of each. */
  readonly traces: Uint32Array;
  readonly traceFirst: Uint32Array;
}

/** Differences up to this many milliseconds fit beside a 16-bit number in a double. */
const MAX_SORTABLE_MS = 2 ** 37;

export function orderSpans(memtable: Memtable): SpanOrder {
  const traces = newestFirst(memtable);
  const spanAt = new Uint32Array(memtable.spanCount);
  const traceFirst = new Uint32Array(traces.length);
  const { startMs, nextInTrace } = memtable;
  let ordinal = 0;
  for (let i = 0; i < traces.length; i++) {
    const first = ordinal;
    traceFirst[i] = first;
    let span = memtable.traceFirst[traces[i] as number] as number;
    for (; span >= 0; span = nextInTrace[span] as number) spanAt[ordinal++] = span;
    sortByStart(spanAt, first, ordinal, startMs);
  }
  return { spanAt, traces, traceFirst };
}

function newestFirst(memtable: Memtable): Uint32Array {
  const count = memtable.traceCount;
  const { traceMaxMs, maxStartMs } = memtable;
  const order = new Uint32Array(count);
  if (maxStartMs - memtable.minStartMs < MAX_SORTABLE_MS) {
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i++) keys[i] = (maxStartMs - (traceMaxMs[i] as number)) * 65_536 + i;
    keys.sort();
    for (let i = 0; i < count; i++) order[i] = (keys[i] as number) % 65_536;
    return order;
  }
  for (let i = 0; i < count; i++) order[i] = i;
  return order.sort((a, b) => (traceMaxMs[b] as number) - (traceMaxMs[a] as number));
}

/** Newest first; insertion for what is nearly always short. */
function sortByStart(spans: Uint32Array, from: number, to: number, startMs: Float64Array): void {
  if (to - from > 64) {
    spans.subarray(from, to).sort((a, b) => (startMs[b] as number) - (startMs[a] as number));
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const span = spans[i] as number;
    const start = startMs[span] as number;
    let at = i;
    while (at > from && (startMs[spans[at - 1] as number] as number) < start) {
      spans[at] = spans[at - 1] as number;
      at--;
    }
    spans[at] = span;
  }
}
