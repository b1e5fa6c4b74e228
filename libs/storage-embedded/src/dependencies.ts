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
  const pacer = new Pacer(4);
  const { services } = memtable.processes;
  const traceCount = memtable.traceCount;
  for (let trace = 0; trace < traceCount; trace++) {
    const first = memtable.traceFirst[trace] as number;
    const { tenant } = memtable.process(first);
    counter.clear();
    const hash = memtable.traceHash[trace] as number;
    if (mayBeIn(earlier, hash)) {
      addEarlier(counter, earlier, keyOf(memtable, first, tenant, hash), onProblem);
      counter.count(tenant, -1, counts);
    }
    for (let i = first; i >= 0; i = memtable.nextInTrace[i] as number) {
      counter.add({
        idHigh: memtable.spanId[2 * i] as number,
        idLow: memtable.spanId[2 * i + 1] as number,
        parentHigh: memtable.parentId[2 * i] as number,
        parentLow: memtable.parentId[2 * i + 1] as number,
        role: memtable.role[i] as number,
        service: services[memtable.process(i).service] as string,
        startMs: memtable.startMs[i] as number,
      });
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

function addEarlier(counter: CallCounter, earlier: View, key: TraceKey, onProblem: ReadProblem): void {
  const scanner = new SpanScanner();
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
        counter.add({
          idHigh: scanner.spanIdHigh,
          idLow: scanner.spanIdLow,
          parentHigh: scanner.parentIdHigh,
          parentLow: scanner.parentIdLow,
          role: scanner.role,
          service: span.process.serviceName,
          startMs: scanner.startMs,
        });
      }
    } catch (error) {
      if ("block" in piece) onProblem(piece.block.slice, error);
      else throw error;
    }
  }
}
