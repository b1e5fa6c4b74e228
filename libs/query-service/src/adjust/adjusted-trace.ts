import type { KeyValue, Log, Process, Span, TraceId } from "@spoor/span-model";
import { decodeProcess, decodeSpan, type EncodedProcess, type EncodedSpan } from "@spoor/span-wire";
import type { TraceView } from "../query-service.ts";
import { adjustClockSkew, clockSkewWarnings } from "./clock-skew.ts";
import { sortTags } from "./compare-tags.ts";
import { markCopies } from "./dedupe.ts";
import { adjustIpTags } from "./ip-tags.ts";
import { splitLibraryTags } from "./otel-tags.ts";
import { parentReferenceFirst, replaceParent } from "./parent-reference.ts";
import { sortLogFields } from "./sort-log-fields.ts";
import { SpanIdIndex } from "./span-id-index.ts";
import { dropInvalidReferences } from "./span-references.ts";
import { hexOfHalves, MARK, TraceFacts } from "./trace-facts.ts";
import { uniquifySpanIds } from "./uniquify-span-ids.ts";

/**
 * A trace as v1 shows it since 1.63: copies removed, shared ids made unique, tags sorted, clock skew corrected or warned of,
 * addresses as text, library tags on the process, invalid references dropped, parents first. What has to do with several
 * spans is decided here, on facts; the rest is done to each span as it is decoded.
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

  *spans(): Generator<Span> {
    const processes = new AdjustedProcesses(this.#facts.processes.processes);
    for (const span of this.#order) yield this.#adjusted(span, processes);
  }

  #adjusted(index: number, processes: AdjustedProcesses): Span {
    const facts = this.#facts;
    const span = decodeSpan(facts.spans[index] as EncodedSpan);
    const moved = facts.has(index, MARK.moved);
    const deltaNs = moved ? (facts.deltaNs[index] as bigint) : 0n;
    const { spanTags, processTags } = splitLibraryTags(adjustIpTags(sortTags(span.tags)));
    const warnings = span.warnings.slice();
    if (facts.marks[index] !== 0) warnings.push(...clockSkewWarnings(facts, index, this.#maxSkewNs));
    let { references } = span;
    if (facts.has(index, MARK.newParent)) {
      const parent = hexOfHalves(facts.parentHigh[index] as number, facts.parentLow[index] as number);
      references = replaceParent(span.traceId, references, parent);
    }
    references = parentReferenceFirst(span.traceId, dropInvalidReferences(references, warnings));
    return {
      traceId: span.traceId,
      spanId: facts.has(index, MARK.newSpanId)
        ? hexOfHalves(facts.idHigh[index] as number, facts.idLow[index] as number)
        : span.spanId,
      operationName: span.operationName,
      references,
      flags: span.flags,
      startTimeNs: moved ? span.startTimeNs + deltaNs : span.startTimeNs,
      durationNs: span.durationNs,
      tags: spanTags,
      logs: span.logs.length === 0 ? span.logs : span.logs.map((log) => adjustLog(log, deltaNs)),
      process: processes.get(facts.process[index] as number, processTags),
      warnings,
    };
  }
}

function adjustLog(log: Log, deltaNs: bigint): Log {
  const sorted = sortLogFields(log);
  return deltaNs === 0n ? sorted : { ...sorted, timestampNs: sorted.timestampNs + deltaNs };
}

/** Adjusted processes, one object for all spans that show the same. */
class AdjustedProcesses {
  readonly #encoded: readonly EncodedProcess[];
  readonly #plain = new Map<number, Process>();
  readonly #extended = new Map<string, Process>();

  constructor(encoded: readonly EncodedProcess[]) {
    this.#encoded = encoded;
  }

  /** The process of this number with tags of a span added. */
  get(number: number, added: readonly KeyValue[]): Process {
    let process = this.#plain.get(number);
    if (process === undefined) {
      process = adjustProcess(decodeProcess(this.#encoded[number] as EncodedProcess), []);
      this.#plain.set(number, process);
    }
    if (added.length === 0) return process;
    const key = `${number} ${JSON.stringify(added, (_, value) => (typeof value === "bigint" ? `${value}` : (value as unknown)))}`;
    let extended = this.#extended.get(key);
    if (extended === undefined) {
      extended = adjustProcess(process, added);
      this.#extended.set(key, extended);
    }
    return extended;
  }
}

function adjustProcess(process: Process, added: readonly KeyValue[]): Process {
  return { serviceName: process.serviceName, tags: sortTags([...adjustIpTags(process.tags), ...added]) };
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
