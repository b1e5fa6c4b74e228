import type { Process, Span, TraceId } from "@spoor/span-model";
import { decodeProcess, decodeSpan, type EncodedProcess, type EncodedSpan } from "@spoor/span-wire";
import type { TraceView } from "../query-service.ts";
import { ProcessInterner } from "./process-interner.ts";

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

  *spans(): Generator<Span> {
    const interner = new ProcessInterner();
    const decoded: Process[] = [];
    for (const span of this.#spans) {
      const number = interner.intern(span.process);
      const process = decoded[number] ?? decodeProcess(interner.processes[number] as EncodedProcess);
      decoded[number] = process;
      yield { ...decodeSpan(span), process };
    }
  }
}
