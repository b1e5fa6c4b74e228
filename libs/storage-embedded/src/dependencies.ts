import { CallCounter } from "./call-counter.ts";
import { EdgeCounts } from "./edge-counts.ts";
import type { Memtable } from "./memtable.ts";
import { Pacer } from "./pacer.ts";
import { SpanScanner } from "./span-scanner.ts";
import { locateTrace, type ReadProblem, spansOf, type TraceKey, type View } from "./view.ts";

/** Spans of a trace in earlier blocks that are read to find new calls; of a longer one only the new spans count. */
const MAX_EARLIER_SPANS = 50_000;

/**
 * The calls that a memtable's spans add to those of `earlier`: for each of its traces, the calls among all the
 * trace's spans less the calls among its earlier ones. So a span that comes again adds nothing, a parent that comes
 * after its child adds the call then, and the sum over all blocks is right at any time without a job that goes over them again.
 * Nearly every trace has no earlier spans, which the slices' filters tell at once.
 */
export async function countNewCalls(memtable: Memtable, earlier: View, onProblem: ReadProblem): Promise<EdgeCounts> {
  const counts = new EdgeCounts();
  const counter = new CallCounter();
  const scanner = new SpanScanner();
  const pacer = new Pacer(4);
  const { services } = memtable.processes;
  const traceCount = memtable.traceCount;
  for (let trace = 0; trace < traceCount; trace++) {
    const first = memtable.traceFirst[trace] as number;
    const { tenant } = memtable.process(first);
    counter.clear();
    const hash = memtable.traceHash[trace] as number;
    if (mayBeIn(earlier, hash)) {
      addEarlier(counter, scanner, earlier, keyOf(memtable, first, tenant, hash), onProblem);
      counter.count(tenant, -1, counts);
    }
    for (let i = first; i >= 0; i = memtable.nextInTrace[i] as number) {
      counter.add(
        memtable.spanId[2 * i] as number,
        memtable.spanId[2 * i + 1] as number,
        memtable.parentId[2 * i] as number,
        memtable.parentId[2 * i + 1] as number,
        memtable.role[i] as number,
        services[memtable.process(i).service] as string,
        memtable.startMs[i] as number,
      );
    }
    counter.count(tenant, 1, counts);
    if (pacer.due) await pacer.rest();
  }
  return counts;
}

function mayBeIn(view: View, hash: number): boolean {
  return view.memtables.length > 0 || view.slices.some(({ filter }) => filter?.has(hash) === true);
}

function keyOf(memtable: Memtable, span: number, tenant: string, hash: number): TraceKey {
  const { buffer, traceIdStart } = memtable.span(span);
  return { tenant, hash, id: buffer.subarray(traceIdStart, traceIdStart + 16) };
}

function addEarlier(
  counter: CallCounter,
  scanner: SpanScanner,
  earlier: View,
  key: TraceKey,
  onProblem: ReadProblem,
): void {
  const searched = { ...earlier, slices: earlier.slices.filter(({ filter }) => filter !== undefined) };
  for (const piece of locateTrace(searched, key, onProblem)) {
    try {
      for (const span of spansOf(piece)) {
        if (counter.size >= MAX_EARLIER_SPANS) {
          counter.clear();
          return;
        }
        scanner.hashes.count = 0;
        scanner.scan(span.buffer, span.start, span.end, span.traceIdStart);
        counter.add(
          scanner.spanIdHigh,
          scanner.spanIdLow,
          scanner.parentIdHigh,
          scanner.parentIdLow,
          scanner.role,
          span.process.serviceName,
          scanner.startMs,
        );
      }
    } catch (error) {
      if ("block" in piece) onProblem(piece.block.slice, error);
      else throw error;
    }
  }
}
