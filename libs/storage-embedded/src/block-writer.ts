import { type BlockHeader, PROCESSES_PER_ROW, ROW, type RowSink } from "./block-format.ts";
import type { BlockScratch } from "./block-scratch.ts";
import { writeColumns } from "./column-rows.ts";
import { writeData } from "./data-rows.ts";
import { writeKeys, writeProcessKeys, writeTraces } from "./index-rows.ts";
import type { Memtable } from "./memtable.ts";
import { Pacer } from "./pacer.ts";
import { encodeEntry } from "./process-dictionary.ts";
import { orderSpans } from "./span-order.ts";

const PACE_MS = 4;

/** Writes the rows of a block that holds the memtable's spans, resting now and then for the thread's other work. */
export async function writeBlock(
  memtable: Memtable,
  id: number,
  lastSegment: number,
  scratch: BlockScratch,
  sink: RowSink,
): Promise<BlockHeader> {
  const pacer = new Pacer(PACE_MS);
  const order = orderSpans(memtable);
  await pacer.rest();
  const rowFirst = await writeData(memtable, order, scratch, pacer, sink);
  const columnRanges = await writeColumns(memtable, order, scratch, pacer, sink);
  const keyBits = await writeKeys(memtable, order, scratch, pacer, sink);
  const traceBits = writeTraces(memtable, order, scratch, sink);
  await writeProcesses(memtable, scratch, pacer, sink);
  writeProcessKeys(memtable, scratch, sink);
  return {
    id,
    spanCount: memtable.spanCount,
    traceCount: memtable.traceCount,
    processCount: memtable.processes.entries.length,
    minStartMs: memtable.minStartMs,
    maxStartMs: memtable.maxStartMs,
    lastArrivalMs: memtable.lastArrivalMs,
    lastSegment,
    keyBits,
    traceBits,
    tenants: [...memtable.processes.tenants],
    rowFirst,
    columnRanges,
  };
}

async function writeProcesses(memtable: Memtable, scratch: BlockScratch, pacer: Pacer, sink: RowSink): Promise<void> {
  const { entries } = memtable.processes;
  for (let from = 0, number = 0; from < entries.length; from += PROCESSES_PER_ROW, number++) {
    const row = entries.slice(from, from + PROCESSES_PER_ROW).map((entry) => encodeEntry(entry.tenant, entry.process));
    sink(ROW.processes, number, scratch.compressed(Buffer.concat(row)));
    if (pacer.due) await pacer.rest();
  }
}
