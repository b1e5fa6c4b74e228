export { CallCounter } from "./call-counter.ts";
export { type CallingSpan, callerOf } from "./calling-span.ts";
export { LinkTotals } from "./link-totals.ts";
export { type CallStore, type HourOfCalls, LiveCallCounter, type LiveCallOptions } from "./live-call-counter.ts";
export type { StoredSpan, StoredSpanBytes, WantedSpans } from "./pending-spans.ts";
export {
  type Recount,
  type RecountedSpan,
  type RecountedStore,
  type RecountOptions,
  type RecountRange,
  recountCalls,
} from "./recount.ts";
export type { TimedSpan } from "./spans-by-trace.ts";
