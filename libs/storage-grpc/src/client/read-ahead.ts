import type { TraceId } from "@spoor/span-model";
import type { EncodedSpan } from "@spoor/span-wire";

export interface ReadAheadOptions {
  readonly read: (traceId: TraceId, signal: AbortSignal) => AsyncIterable<readonly EncodedSpan[]>;
  /** Traces read at one time. */
  readonly concurrency: number;
  /** No further trace is begun while so many bytes wait for the caller. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Traces read at one time while it is not known how long they are. */
const FIRST_TRACES = 2;

/** Whole traces in the order of their ids, the next ones read while the caller is busy with one. Ends all reads when the caller leaves. */
export async function* readAhead(
  traceIds: readonly TraceId[],
  options: ReadAheadOptions,
): AsyncGenerator<readonly [TraceId, readonly EncodedSpan[]]> {
  const left = new AbortController();
  const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
  let waitingBytes = 0;
  let [begun, finished, finishedBytes] = [0, 0, 0];

  /** Whether one more may begin, which is taken to be as long as those before it. */
  const hasRoom = (reading: number): boolean => {
    if (reading === 0) return true;
    if (finished === 0) return reading < FIRST_TRACES;
    const expectedBytes = ((begun - finished) * finishedBytes) / finished;
    return reading < options.concurrency && waitingBytes + expectedBytes < options.maxBytes;
  };

  async function collect(traceId: TraceId): Promise<{ spans: EncodedSpan[]; bytes: number }> {
    const spans: EncodedSpan[] = [];
    let bytes = 0;
    for await (const chunk of options.read(traceId, signal)) {
      for (const span of chunk) {
        spans.push(span);
        bytes += span.end - span.start;
        waitingBytes += span.end - span.start;
      }
    }
    finished++;
    finishedBytes += bytes;
    return { spans, bytes };
  }

  const reading: ReturnType<typeof collect>[] = [];
  try {
    for (const traceId of traceIds) {
      while (begun < traceIds.length && hasRoom(reading.length)) {
        const read = collect(traceIds[begun++] as TraceId);
        // Whoever comes to it hears of its failure.
        read.catch(() => undefined);
        reading.push(read);
      }
      const { spans, bytes } = await (reading.shift() as ReturnType<typeof collect>);
      waitingBytes -= bytes;
      yield [traceId, spans];
    }
    options.signal?.throwIfAborted();
  } finally {
    left.abort();
  }
}
