import { type CallingSpan, callerOf, LinkTotals } from "@spoor/service-calls";
import { type EncodedSpan, SpanHeader } from "@spoor/span-wire";
import type { DependencyLink } from "@spoor/storage-api";
import type { Pace } from "./pace.ts";
import { NONE } from "./record-table.ts";
import { SPAN } from "./span-table.ts";
import type { TenantStore } from "./tenant-store.ts";

interface Call extends CallingSpan {
  readonly isInRange: boolean;
  readonly encoded: EncodedSpan;
}

const header = new SpanHeader();

/** Counts who called whom, from the spans there are. */
export async function countLinks(
  store: TenantStore,
  range: { readonly startTimeMs: number; readonly endTimeMs: number },
  pace: Pace,
): Promise<readonly DependencyLink[]> {
  const totals = new LinkTotals();
  const { traces } = store;
  for (let trace = traces.oldest; trace !== NONE; ) {
    if (isWorthLooking(store, trace, range)) countTrace(callsOf(store, trace, range), totals);
    // The trace may be gone after the pause; then what is oldest now is next.
    const serial = traces.serial(trace);
    await pace.next();
    trace = following(store, trace, serial);
  }
  return totals.links();
}

/** The next newer trace, also when `trace`, of this serial, was dropped meanwhile: traces go oldest first. */
function following({ traces }: TenantStore, trace: number, serial: number): number {
  if (traces.oldest === NONE) return NONE;
  return traces.serial(traces.oldest) > serial ? traces.oldest : traces.newer(trace);
}

/** False for a trace of one service, and for one without a span in the range. */
function isWorthLooking(
  { spans, traces }: TenantStore,
  trace: number,
  range: { readonly startTimeMs: number; readonly endTimeMs: number },
): boolean {
  let first = NONE;
  let several = false;
  let inRange = false;
  for (let span = traces.firstSpan(trace); span !== NONE; span = spans.get(span, SPAN.next)) {
    const process = spans.get(span, SPAN.process);
    if (first === NONE) first = process;
    else if (process !== first) several = true;
    inRange ||= isBetween(spans.getDouble(span, SPAN.startSeconds), spans.get(span, SPAN.startNanos), range);
    if (several && inRange) return true;
  }
  return false;
}

function isBetween(
  seconds: number,
  nanos: number,
  range: { readonly startTimeMs: number; readonly endTimeMs: number },
): boolean {
  const wholeMs = seconds * 1000 + Math.floor(nanos / 1_000_000);
  if (wholeMs < range.startTimeMs) return false;
  return wholeMs < range.endTimeMs || (wholeMs === range.endTimeMs && nanos % 1_000_000 === 0);
}

/** By span id; a span that is stored twice is there once. */
function callsOf(
  store: TenantStore,
  trace: number,
  range: { readonly startTimeMs: number; readonly endTimeMs: number },
): Map<string, Call[]> {
  const calls = new Map<string, Call[]>();
  const { spans } = store;
  for (let span = store.traces.firstSpan(trace); span !== NONE; span = spans.get(span, SPAN.next)) {
    const encoded = store.encoded(span);
    header.read(encoded);
    const { name: serviceName } = store.operation(span).service;
    const call: Call = {
      spanId: header.spanId,
      parentSpanId: header.parentSpanId,
      serviceName,
      spanKind: store.operation(span).spanKind,
      isInRange: isBetween(header.startSeconds, header.startNanos, range),
      encoded,
    };
    const same = calls.get(call.spanId);
    if (same === undefined) calls.set(call.spanId, [call]);
    else if (!same.some((other) => isSameSpan(other.encoded, encoded))) same.push(call);
  }
  return calls;
}

function isSameSpan(a: EncodedSpan, b: EncodedSpan): boolean {
  return (
    a.process === b.process &&
    Buffer.compare(a.buffer.subarray(a.start, a.end), b.buffer.subarray(b.start, b.end)) === 0
  );
}

function countTrace(calls: ReadonlyMap<string, readonly Call[]>, totals: LinkTotals): void {
  for (const group of calls.values()) {
    for (const call of group) {
      if (!call.isInRange) continue;
      const parent = callerOf(call, calls)?.serviceName;
      if (parent !== undefined && parent !== call.serviceName) totals.add(parent, call.serviceName, 1);
    }
  }
}
