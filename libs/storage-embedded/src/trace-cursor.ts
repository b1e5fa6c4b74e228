import type { TraceId } from "@spoor/span-model";
import { type EncodedSpan, NO_FIELDS } from "@spoor/span-wire";
import type { PackedSpans } from "./packed-spans.ts";
import { SpanPacker } from "./span-packer.ts";
import { locateTrace, type Piece, type ReadProblem, spansOf, traceKey, type View } from "./view.ts";

/** Spans handed over at once: about this many bytes, and no more spans than this. */
const CHUNK_BYTES = 1024 * 1024;
const CHUNK_SPANS = 4096;

export interface TraceChunk {
  readonly packed: PackedSpans;
  /** Which traces the spans are of, in order: indexes into the ids asked for, with the number of spans. */
  readonly traces: readonly (readonly [index: number, spans: number])[];
  readonly done: boolean;
}

/** Reads whole traces in the order of their ids, a chunk at a time, from the view it was given. */
export class TraceCursor {
  readonly #view: View;
  readonly #spans: Iterator<readonly [index: number, span: EncodedSpan]>;
  #isFirst = true;

  constructor(view: View, tenant: string, ids: readonly TraceId[], onProblem: ReadProblem) {
    this.#view = view;
    for (const memtable of view.memtables) memtable.pins++;
    this.#spans = eachSpan(view, tenant, ids, onProblem)[Symbol.iterator]();
  }

  next(): TraceChunk {
    // Most traces are small; one that did not fit a chunk will fill the next.
    const packer = new SpanPacker(new ArrayBuffer(this.#isFirst ? 16 * 1024 : CHUNK_BYTES * 1.1));
    this.#isFirst = false;
    const traces: [number, number][] = [];
    let done = false;
    while (packer.byteCount < CHUNK_BYTES && packer.spanCount < CHUNK_SPANS) {
      const next = this.#spans.next();
      if (next.done === true) {
        done = true;
        break;
      }
      const [index, span] = next.value;
      packer.add(span, NO_FIELDS, "");
      const last = traces.at(-1);
      if (last !== undefined && last[0] === index) last[1]++;
      else traces.push([index, 1]);
    }
    return { packed: packer.finish(), traces, done };
  }

  /** Must be called once when no more is wanted. */
  close(): void {
    for (const memtable of this.#view.memtables) memtable.pins--;
  }
}

function* eachSpan(
  view: View,
  tenant: string,
  ids: readonly TraceId[],
  onProblem: ReadProblem,
): Iterable<readonly [number, EncodedSpan]> {
  for (const [index, id] of ids.entries()) {
    for (const piece of locateTrace(view, traceKey(tenant, id), onProblem)) {
      yield* readable(piece, index, onProblem);
    }
  }
}

/** The spans of a piece up to where it cannot be read. */
function* readable(piece: Piece, index: number, onProblem: ReadProblem): Iterable<readonly [number, EncodedSpan]> {
  try {
    for (const span of spansOf(piece)) yield [index, span];
  } catch (error) {
    if (!("block" in piece)) throw error;
    onProblem(piece.block.slice, error);
  }
}
