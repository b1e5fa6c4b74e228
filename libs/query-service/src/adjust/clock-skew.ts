import { formatGoDuration } from "@spoor/go-text";
import { hexOfHalves } from "./decode-shown.ts";
import { hostKeyOf } from "./host-key.ts";
import { plainProcess } from "./shown-processes.ts";
import { SpanIdIndex } from "./span-id-index.ts";
import { MARK, type TraceFacts } from "./trace-facts.ts";

const NONE = -1;
const BILLION = 1_000_000_000n;
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Finds spans that start before their parent or end after it although their host is another one (or unknown), and moves
 * them and what follows on the same host into the middle of the parent, by at most `maxNs`; 0 moves none
 * (jaegertracing/jaeger `model/adjuster/clockskew.go`). Leaves marks, deltas and moved start times in `facts`.
 */
export function adjustClockSkew(facts: TraceFacts, maxNs: bigint): void {
  const tree = new SpanTree(facts);
  const hosts = hostsOf(facts);
  /** The host whose clock the span's delta belongs to. */
  const clock = new Int32Array(facts.count);
  const open: number[] = [];
  for (const root of tree.roots) {
    clock[root] = hosts[root] as number;
    open.push(root);
    for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
      for (let span = tree.firstChild(parent); span !== NONE; span = tree.nextSibling(span)) {
        const host = hosts[span] as number;
        if (host !== clock[parent] || host === 0) {
          clock[span] = host;
          setDelta(facts, span, skewOf(facts, span, parent), maxNs);
        } else {
          clock[span] = clock[parent] as number;
          setDelta(facts, span, facts.deltaNs[parent] as bigint, maxNs);
        }
        open.push(span);
      }
    }
  }
}

/** Warnings of the adjuster about a span, in v1's words. */
export function clockSkewWarnings(facts: TraceFacts, span: number, maxNs: bigint): string[] {
  const warnings: string[] = [];
  if (facts.has(span, MARK.duplicateId)) warnings.push("duplicate span IDs; skipping clock skew adjustment");
  if (facts.has(span, MARK.orphan)) {
    const parent = hexOfHalves(facts.parentHigh[span] as number, facts.parentLow[span] as number);
    warnings.push(`invalid parent span IDs=${parent}; skipping clock skew adjustment`);
  }
  if (!facts.has(span, MARK.moved | MARK.notMoved)) return warnings;
  const delta = formatGoDuration(facts.deltaNs[span] as bigint);
  if (facts.has(span, MARK.moved)) warnings.push(`This span's timestamps were adjusted by ${delta}`);
  else if (maxNs === 0n) warnings.push(`clock skew adjustment disabled; not applying calculated delta of ${delta}`);
  else {
    const max = formatGoDuration(maxNs);
    warnings.push(`max clock skew adjustment delta of ${max} exceeded; not applying calculated delta of ${delta}`);
  }
  return warnings;
}

/** Spans by parent. Of several spans of one id only the first stands in it. A circle of parents has no root. */
class SpanTree {
  readonly roots: number[] = [];
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;

  constructor(facts: TraceFacts) {
    const ids = new SpanIdIndex(facts.idHigh, facts.idLow);
    this.#firstChild = new Int32Array(facts.count).fill(NONE);
    this.#nextSibling = new Int32Array(facts.count).fill(NONE);
    for (let span = 0; span < facts.count; span++) {
      if (facts.has(span, MARK.copy)) continue;
      if (!ids.add(span)) facts.mark(span, MARK.duplicateId);
    }
    for (let span = 0; span < facts.count; span++) {
      if (facts.has(span, MARK.copy | MARK.duplicateId)) continue;
      const high = facts.parentHigh[span] as number;
      const low = facts.parentLow[span] as number;
      const parent = high === 0 && low === 0 ? NONE : ids.first(high, low);
      if (parent === NONE) {
        this.roots.push(span);
        if (high !== 0 || low !== 0) facts.mark(span, MARK.orphan);
      } else {
        this.#nextSibling[span] = this.#firstChild[parent] as number;
        this.#firstChild[parent] = span;
      }
    }
  }

  firstChild(span: number): number {
    return this.#firstChild[span] as number;
  }

  nextSibling(span: number): number {
    return this.#nextSibling[span] as number;
  }
}

/** A number a host, by span; 0 for an unknown one. */
function hostsOf(facts: TraceFacts): Int32Array {
  const numbers = new Map<string, number>([["", 0]]);
  const byProcess = facts.processes.processes.map((process) => {
    const key = hostKeyOf(plainProcess(process).tags);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
  return facts.process.map((process) => byProcess[process] as number);
}

function setDelta(facts: TraceFacts, span: number, deltaNs: bigint, maxNs: bigint): void {
  if (deltaNs === 0n) return;
  facts.deltaNs[span] = deltaNs;
  if (deltaNs > maxNs || -deltaNs > maxNs) {
    facts.mark(span, MARK.notMoved);
    return;
  }
  facts.mark(span, MARK.moved);
  const start = { seconds: facts.startSeconds[span] as number, nanos: facts.startNanos[span] as number };
  moveTime(start, deltaNs);
  facts.startSeconds[span] = start.seconds;
  facts.startNanos[span] = start.nanos;
}

/** Adds to a time; its nanoseconds stay 0 to 999,999,999. */
export function moveTime(time: { seconds: number; nanos: number }, deltaNs: bigint): void {
  const timeNs = BigInt(time.seconds) * BILLION + BigInt(time.nanos) + deltaNs;
  const nanos = ((timeNs % BILLION) + BILLION) % BILLION;
  time.seconds = Number((timeNs - nanos) / BILLION);
  time.nanos = Number(nanos);
}

/** How far the child is to be moved, in nanoseconds. */
function skewOf(facts: TraceFacts, child: number, parent: number): bigint {
  const startsBefore = compareStarts(facts, child, parent) < 0;
  if (compareDurations(facts, child, parent) > 0) {
    // It outlived its parent: asynchronous, or the parent gave up. All that is sure is that it started later.
    return startsBefore ? clampInt64(startOf(facts, parent) - startOf(facts, child)) : 0n;
  }
  if (!startsBefore && compareEnds(facts, child, parent) <= 0) return 0n;
  // The network is taken to need the same time there and back.
  const latency = (durationOf(facts, parent) - durationOf(facts, child)) / 2n;
  return clampInt64(startOf(facts, parent) + latency - startOf(facts, child));
}

function compareStarts({ startSeconds, startNanos }: TraceFacts, a: number, b: number): number {
  return comparePairs(
    startSeconds[a] as number,
    startNanos[a] as number,
    startSeconds[b] as number,
    startNanos[b] as number,
  );
}

function compareDurations({ durationSeconds, durationNanos }: TraceFacts, a: number, b: number): number {
  return comparePairs(
    durationSeconds[a] as number,
    durationNanos[a] as number,
    durationSeconds[b] as number,
    durationNanos[b] as number,
  );
}

/** Exact: seconds are far below 2^53, and nanoseconds are carried over first. */
function compareEnds(facts: TraceFacts, a: number, b: number): number {
  const seconds = (span: number) =>
    (facts.startSeconds[span] as number) + (facts.durationSeconds[span] as number) + Math.floor(nanos(span) / 1e9);
  const nanos = (span: number) => (facts.startNanos[span] as number) + (facts.durationNanos[span] as number);
  const rest = (span: number) => nanos(span) - Math.floor(nanos(span) / 1e9) * 1e9;
  return comparePairs(seconds(a), rest(a), seconds(b), rest(b));
}

function comparePairs(aSeconds: number, aNanos: number, bSeconds: number, bNanos: number): number {
  return aSeconds === bSeconds ? aNanos - bNanos : aSeconds - bSeconds;
}

function startOf(facts: TraceFacts, span: number): bigint {
  return BigInt(facts.startSeconds[span] as number) * BILLION + BigInt(facts.startNanos[span] as number);
}

function durationOf(facts: TraceFacts, span: number): bigint {
  return BigInt(facts.durationSeconds[span] as number) * BILLION + BigInt(facts.durationNanos[span] as number);
}

/** Go's `time.Time.Sub` saturates. */
function clampInt64(value: bigint): bigint {
  if (value > MAX_INT64) return MAX_INT64;
  return value < -MAX_INT64 - 1n ? -MAX_INT64 - 1n : value;
}
