import type { Span, TraceId } from "@spoor/span-model";
import { type EncodedProcess, type EncodedSpan, SpanFields } from "@spoor/span-wire";
import type { ShownSpan, TraceView } from "../query-service.ts";
import { adjustClockSkew, clockSkewWarnings, moveTime } from "./clock-skew.ts";
import { sortTags } from "./compare-tags.ts";
import { decodeShown } from "./decode-shown.ts";
import { markCopies } from "./dedupe.ts";
import { adjustIpTags } from "./ip-tags.ts";
import { takeLibraryTags } from "./otel-tags.ts";
import { parentReferenceFirst, replaceParent } from "./parent-reference.ts";
import { adjustedProcess, ExtendedProcesses } from "./shown-processes.ts";
import { sortLogFields } from "./sort-log-fields.ts";
import { SpanIdIndex } from "./span-id-index.ts";
import { dropInvalidReferences } from "./span-references.ts";
import { MARK, TraceFacts } from "./trace-facts.ts";
import { uniquifySpanIds } from "./uniquify-span-ids.ts";

/**
 * A trace as v1 shows it since 1.63: copies removed, shared ids made unique, tags sorted, clock skew corrected or warned of,
 * addresses as text, library tags on the process, invalid references dropped, parents first. What has to do with several
 * spans is decided here, on facts; the rest is done to each span as it is read.
 */
export class AdjustedTrace implements TraceView {
  readonly traceId: TraceId;
  readonly spanCount: number;
  readonly #facts: TraceFacts;
  readonly #maxSkewNs: bigint;
  /** Spans to show, by start time, then id. */
  readonly #order: Uint32Array;

  constructor(traceId: TraceId, spans: readonly EncodedSpan[], maxClockSkewAdjustmentNs: bigint) {
    const facts = new TraceFacts(spans);
    const ids = new SpanIdIndex(facts.idHigh, facts.idLow);
    let idsAreUnique = true;
    for (let span = 0; span < facts.count; span++) if (!ids.add(span)) idsAreUnique = false;
    if (!idsAreUnique) {
      markCopies(facts, ids);
      uniquifySpanIds(facts, ids);
    }
    adjustClockSkew(facts, maxClockSkewAdjustmentNs);
    this.traceId = traceId;
    this.#facts = facts;
    this.#maxSkewNs = maxClockSkewAdjustmentNs;
    this.#order = orderOf(facts);
    this.spanCount = this.#order.length;
  }

  spans(): Iterable<Span> {
    return decodeShown(this.shown());
  }

  *shown(): Generator<ShownSpan, void, undefined> {
    const fields = new SpanFields();
    const processes = new ExtendedProcesses();
    for (const span of this.#order) yield this.#show(span, fields, processes);
  }

  #show(index: number, fields: SpanFields, processes: ExtendedProcesses): ShownSpan {
    const facts = this.#facts;
    fields.read(facts.spans[index] as EncodedSpan);
    const addedWarnings = facts.marks[index] === 0 ? [] : clockSkewWarnings(facts, index, this.#maxSkewNs);
    if (facts.has(index, MARK.newSpanId)) {
      fields.spanIdHigh = facts.idHigh[index] as number;
      fields.spanIdLow = facts.idLow[index] as number;
    }
    if (facts.has(index, MARK.newParent)) {
      replaceParent(fields, facts.parentHigh[index] as number, facts.parentLow[index] as number);
    }
    dropInvalidReferences(fields, addedWarnings);
    parentReferenceFirst(fields);
    if (facts.has(index, MARK.moved)) {
      fields.startSeconds = facts.startSeconds[index] as number;
      fields.startNanos = facts.startNanos[index] as number;
      for (const log of fields.logs) moveTime(log, facts.deltaNs[index] as bigint);
    }
    sortTags(fields.tags);
    for (const log of fields.logs) sortLogFields(log.fields);
    adjustIpTags(fields.tags);
    const added = takeLibraryTags(fields.tags);
    const process = adjustedProcess(facts.processes.processes[facts.process[index] as number] as EncodedProcess);
    return { fields, process: added.length === 0 ? process : processes.get(process, added), addedWarnings };
  }
}

function orderOf(facts: TraceFacts): Uint32Array {
  const shown = new Uint32Array(facts.count);
  let count = 0;
  for (let span = 0; span < facts.count; span++) if (!facts.has(span, MARK.copy)) shown[count++] = span;
  const { startSeconds, startNanos, idHigh, idLow } = facts;
  return shown.subarray(0, count).sort((a, b) => {
    const seconds = (startSeconds[a] as number) - (startSeconds[b] as number);
    if (seconds !== 0) return seconds;
    const nanos = (startNanos[a] as number) - (startNanos[b] as number);
    if (nanos !== 0) return nanos;
    const high = ((idHigh[a] as number) >>> 0) - ((idHigh[b] as number) >>> 0);
    return high !== 0 ? high : ((idLow[a] as number) >>> 0) - ((idLow[b] as number) >>> 0);
  });
}
