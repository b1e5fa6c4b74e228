import { type CriticalPath, criticalPath } from "./critical-path.ts";
import { orderSpans } from "./span-order.ts";
import type { TraceJson } from "./trace-json.ts";
import { isErrorSpan, micros, parentSpanId, serviceOf, spanKindIndex } from "./trace-json.ts";

/**
 * A trace as columns, one entry per row of the tree (depth first). This is all the page needs to draw any row; the
 * attributes stay in the worker. Times are microseconds since `startUs` of the trace.
 */
export interface TraceColumns {
  readonly traceId: string;
  /** Microseconds since the epoch. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly warningCount: number;
  readonly maxDepth: number;
  readonly services: readonly string[];
  /** Spans per service, parallel to `services`. */
  readonly serviceSpans: Int32Array;
  readonly operations: readonly string[];
  readonly spanId: readonly string[];
  readonly order: Int32Array;
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  readonly subtreeEnd: Int32Array;
  readonly childCount: Int32Array;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  /** Duration without the time covered by children. */
  readonly selfTime: Float64Array;
  readonly service: Int32Array;
  readonly operation: Int32Array;
  readonly flags: Uint8Array;
  /** Row -> index in SPAN_KINDS. */
  readonly kind: Uint8Array;
  /** Row i has its event times at eventStart[i] .. eventStart[i + 1]. */
  readonly eventStart: Int32Array;
  readonly eventTime: Float64Array;
  readonly critical: CriticalPath;
}

export const FLAG_ERROR = 1;
export const FLAG_WARNING = 2;
/** A span below this one has an error. */
export const FLAG_ERROR_BELOW = 4;
/** The span names a parent that is not in the trace. */
export const FLAG_PARENT_MISSING = 8;
/** The span follows from its parent, which does not wait for it. */
export const FLAG_FOLLOWS = 16;

/** Builds the columns; linear in the number of spans but for two sorts. */
export function buildColumns(trace: TraceJson): TraceColumns {
  const spans = trace.spans ?? [];
  const n = spans.length;
  const indexOfId = new Map<string, number>();
  // The first span with an id is the one that children hang on.
  for (let i = n - 1; i >= 0; i--) indexOfId.set(spans[i]?.spanID ?? "", i);

  const parentOf = new Int32Array(n).fill(-1);
  const inputFlags = new Uint8Array(n);
  const inputStart = new Float64Array(n);
  for (const [i, span] of spans.entries()) {
    const { id, follows } = parentSpanId(span);
    inputStart[i] = micros(span.startTime);
    const parent = id === "" ? undefined : indexOfId.get(id);
    if (parent !== undefined && parent !== i) parentOf[i] = parent;
    let flags = 0;
    if (parent === undefined && id !== "" && !/^0+$/.test(id)) flags |= FLAG_PARENT_MISSING;
    if (follows) flags |= FLAG_FOLLOWS;
    if (isErrorSpan(span)) flags |= FLAG_ERROR;
    if ((span.warnings?.length ?? 0) > 0) flags |= FLAG_WARNING;
    inputFlags[i] = flags;
  }
  const tree = orderSpans(parentOf, inputStart);

  let startUs = Number.POSITIVE_INFINITY;
  let endUs = Number.NEGATIVE_INFINITY;
  for (const [i, span] of spans.entries()) {
    const start = inputStart[i] ?? 0;
    startUs = Math.min(startUs, start);
    endUs = Math.max(endUs, start + Math.max(0, micros(span.duration)));
  }
  if (n === 0) startUs = endUs = 0;

  const services = new Names();
  const operations = new Names();
  const start = new Float64Array(n);
  const duration = new Float64Array(n);
  const service = new Int32Array(n);
  const operation = new Int32Array(n);
  const flags = new Uint8Array(n);
  const kind = new Uint8Array(n);
  const spanId: string[] = [];
  const eventStart = new Int32Array(n + 1);
  const events: number[] = [];
  let errorCount = 0;
  let warningCount = 0;
  let maxDepth = 0;
  const serviceSpans: number[] = [];
  for (let row = 0; row < n; row++) {
    const input = tree.order[row] ?? 0;
    const span = spans[input] ?? {};
    start[row] = (inputStart[input] ?? 0) - startUs;
    duration[row] = Math.max(0, micros(span.duration));
    const serviceIndex = services.indexOf(serviceOf(trace, span));
    service[row] = serviceIndex;
    serviceSpans[serviceIndex] = (serviceSpans[serviceIndex] ?? 0) + 1;
    operation[row] = operations.indexOf(span.operationName ?? "");
    flags[row] = inputFlags[input] ?? 0;
    kind[row] = spanKindIndex(span);
    spanId.push(span.spanID ?? "");
    for (const log of span.logs ?? []) events.push(micros(log.timestamp) - startUs);
    eventStart[row + 1] = events.length;
    errorCount += (flags[row] ?? 0) & FLAG_ERROR;
    warningCount += span.warnings?.length ?? 0;
    maxDepth = Math.max(maxDepth, tree.depth[row] ?? 0);
  }
  for (let row = n - 1; row > 0; row--) {
    const parent = tree.parent[row] ?? -1;
    if (parent >= 0 && ((flags[row] ?? 0) & (FLAG_ERROR | FLAG_ERROR_BELOW)) !== 0) {
      flags[parent] = (flags[parent] ?? 0) | FLAG_ERROR_BELOW;
    }
  }
  const follows = flags.map((value) => (value & FLAG_FOLLOWS) >> 4);
  return {
    traceId: trace.traceID ?? "",
    startUs,
    durationUs: endUs - startUs,
    spanCount: n,
    errorCount,
    warningCount: warningCount + (trace.warnings?.length ?? 0),
    maxDepth: n === 0 ? 0 : maxDepth + 1,
    services: services.list,
    serviceSpans: Int32Array.from(serviceSpans),
    operations: operations.list,
    spanId,
    ...tree,
    start,
    duration,
    selfTime: selfTimes(tree.parent, start, duration),
    service,
    operation,
    flags,
    kind,
    eventStart,
    eventTime: Float64Array.from(events),
    critical: criticalPath({ ...tree, startUs: start, durationUs: duration, follows }),
  };
}

/** Each distinct name once, with its number. */
class Names {
  readonly list: string[] = [];
  readonly #known = new Map<string, number>();

  indexOf(name: string): number {
    let index = this.#known.get(name);
    if (index === undefined) {
      index = this.list.push(name) - 1;
      this.#known.set(name, index);
    }
    return index;
  }
}

/**
 * Duration minus the union of the children's times inside the span. Rows come with siblings in start order, so one
 * running end per parent is enough.
 */
function selfTimes(parent: Int32Array, start: Float64Array, duration: Float64Array): Float64Array {
  const self = duration.slice();
  const coveredTo = start.slice();
  for (let row = 0; row < parent.length; row++) {
    const up = parent[row] ?? -1;
    if (up < 0) continue;
    const parentEnd = (start[up] ?? 0) + (duration[up] ?? 0);
    const from = Math.max(start[row] ?? 0, coveredTo[up] ?? 0);
    const to = Math.min((start[row] ?? 0) + (duration[row] ?? 0), parentEnd);
    if (to <= from) continue;
    self[up] = (self[up] ?? 0) - (to - from);
    coveredTo[up] = to;
  }
  return self;
}
