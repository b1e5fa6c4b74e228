import type { TraceId } from "@spoor/span-model";
import type { Completeness } from "@spoor/storage-api";
import { BlockCandidates, type Candidates, MemtableCandidates } from "./candidates.ts";
import { MaxHeap } from "./max-heap.ts";
import { Pacer } from "./pacer.ts";
import { SearchPlan, type SearchQuery } from "./search-query.ts";
import type { Slice } from "./slice.ts";
import { type ReadProblem, traceIdOf, type View } from "./view.ts";

export interface SearchAnswer {
  readonly traceIds: readonly TraceId[];
  readonly completeness: Completeness;
}

export interface SearchLimits {
  readonly timeoutMs: number;
  /** Blocks whose index rows a search may hold at once. */
  readonly maxOpenBlocks: number;
}

/** Something that is looked at when its time comes, newest first. */
interface Step {
  /** No span behind this step starts later: milliseconds, then nanoseconds of that millisecond. */
  readonly ms: number;
  readonly ns: number;
  readonly open?: () => Candidates;
  readonly slice?: Slice | undefined;
  readonly candidates?: Candidates;
  readonly traceId?: TraceId;
}

/** Whatever the limit asked for. */
const MAX_TRACES = 100_000;
const LATEST_NS = 1_000_000;

/**
 * The newest traces that match. Blocks are opened in the order of their newest spans, candidates of all open blocks are
 * verified in the order of their starts, and a verified trace is given out once nothing unseen can be newer: so about as many
 * spans are decoded as traces are asked for, however blocks overlap in time.
 */
export async function search(
  view: View,
  query: SearchQuery,
  limits: SearchLimits,
  isAborted: () => boolean,
  onProblem: ReadProblem,
): Promise<SearchAnswer> {
  const plan = new SearchPlan(query);
  const pacer = new Pacer(8);
  const deadline = performance.now() + limits.timeoutMs;
  const steps = new MaxHeap<Step>(compareSteps);
  for (const step of firstSteps(view, plan)) steps.push(step);
  const found = new Set<TraceId>();
  let unreadable: string | undefined;
  let openBlocks = 0;
  const answer = (completeness: Completeness): SearchAnswer => ({ traceIds: [...found], completeness });
  const problem = (slice: Slice | undefined, error: unknown) => {
    if (slice !== undefined) onProblem(slice, error);
    unreadable = error instanceof Error ? error.message : String(error);
  };

  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (found.size >= query.limit)
      return answer({ complete: false, reason: "limit", detail: `limit of ${query.limit} reached` });
    if (found.size >= MAX_TRACES) {
      return answer({ complete: false, reason: "memory", detail: `an answer has at most ${MAX_TRACES} traces` });
    }
    if (pacer.due) {
      await pacer.rest();
      if (isAborted()) break;
      if (performance.now() > deadline) {
        return answer({ complete: false, reason: "time", detail: `stopped after ${limits.timeoutMs} ms` });
      }
    }
    if (step.traceId !== undefined) {
      found.add(step.traceId);
      continue;
    }
    try {
      let candidates = step.candidates;
      if (candidates === undefined) {
        if (step.open === undefined) continue;
        if (++openBlocks > limits.maxOpenBlocks) {
          return answer({ complete: false, reason: "memory", detail: `looked into ${limits.maxOpenBlocks} blocks` });
        }
        candidates = step.open();
      } else verifyNext(candidates, plan, steps, found);
      if (candidates.boundMs === Number.NEGATIVE_INFINITY) openBlocks--;
      else steps.push({ ms: candidates.boundMs, ns: LATEST_NS, candidates, slice: step.slice });
    } catch (error) {
      problem(step.slice, error);
      const { candidates, slice } = step;
      // A span that cannot be read does not hide those behind it.
      if (candidates !== undefined && candidates.boundMs > Number.NEGATIVE_INFINITY && slice?.isOpen !== false) {
        steps.push({ ms: candidates.boundMs, ns: LATEST_NS, candidates, slice });
      } else openBlocks--;
    }
  }
  if (unreadable !== undefined) return answer({ complete: false, reason: "unreadable", detail: unreadable });
  return answer({ complete: true });
}

function verifyNext(candidates: Candidates, plan: SearchPlan, steps: MaxHeap<Step>, found: ReadonlySet<TraceId>): void {
  const span = candidates.take();
  const traceId = traceIdOf(span);
  if (found.has(traceId)) {
    candidates.skipTrace();
    return;
  }
  const startNs = plan.verify(span);
  if (startNs === undefined) return;
  candidates.skipTrace();
  const ms = startNs / 1_000_000n;
  const ns = Number(startNs - ms * 1_000_000n);
  steps.push(ns < 0 ? { ms: Number(ms) - 1, ns: ns + 1_000_000, traceId } : { ms: Number(ms), ns, traceId });
}

function* firstSteps(view: View, plan: SearchPlan): Iterable<Step> {
  const within = (minMs: number, maxMs: number) => maxMs >= plan.minMs && minMs <= plan.maxMs;
  const boundOf = (maxMs: number) => ({ ms: Math.min(maxMs, plan.maxMs), ns: LATEST_NS });
  for (const memtable of view.memtables) {
    if (!within(memtable.minStartMs, memtable.maxStartMs)) continue;
    yield { ...boundOf(memtable.maxStartMs), open: () => new MemtableCandidates(memtable, plan) };
  }
  for (const { slice, blocks } of view.slices) {
    for (const block of blocks) {
      if (!within(block.header.minStartMs, block.header.maxStartMs)) continue;
      yield { ...boundOf(block.header.maxStartMs), slice, open: () => new BlockCandidates(block, plan) };
    }
  }
}

function compareSteps(a: Step, b: Step): number {
  return a.ms - b.ms || a.ns - b.ns;
}
