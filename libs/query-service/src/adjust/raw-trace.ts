import type { Span, TraceId } from "@spoor/span-model";
import { type EncodedProcess, type EncodedSpan, SpanFields } from "@spoor/span-wire";
import type { ShownSpan, TraceView } from "../query-service.ts";
import { decodeShown } from "./decode-shown.ts";
import { ProcessInterner } from "./process-interner.ts";
import { plainProcess } from "./shown-processes.ts";

const NO_WARNINGS: readonly string[] = [];

/** A trace as it was stored, copies included. */
export class RawTrace implements TraceView {
  readonly traceId: TraceId;
  readonly #spans: readonly EncodedSpan[];

  constructor(traceId: TraceId, spans: readonly EncodedSpan[]) {
    this.traceId = traceId;
    this.#spans = spans;
  }

  get spanCount(): number {
    return this.#spans.length;
  }

  spans(): Iterable<Span> {
    return decodeShown(this.shown());
  }

  *shown(): Generator<ShownSpan, void, undefined> {
    const interner = new ProcessInterner();
    const fields = new SpanFields();
    for (const span of this.#spans) {
      const process = interner.processes[interner.intern(span.process)] as EncodedProcess;
      yield { fields: fields.read(span), process: plainProcess(process), addedWarnings: NO_WARNINGS };
    }
  }
}

/** A trace as these spans are. */
export function rawTrace(traceId: TraceId, spans: readonly EncodedSpan[]): TraceView {
  return new RawTrace(traceId, spans);
}
