import type { TraceId } from "@spoor/span-model";
import { EncodedSpan, hexToBytes, type SpanBatch, SpanHeader } from "@spoor/span-wire";
import { MemoryUse } from "./memory-use.ts";
import { NameTable, type OperationEntry } from "./name-table.ts";
import { type ProcessEntry, ProcessStore } from "./process-store.ts";
import { NONE } from "./record-table.ts";
import { SlabLog } from "./slab-log.ts";
import { spanKindOf } from "./span-kind.ts";
import { SPAN, SpanTable } from "./span-table.ts";
import { TraceTable } from "./trace-table.ts";

const header = new SpanHeader();

/** The traces of one tenant. Nothing here waits: every method sees and leaves a consistent store. */
export class TenantStore {
  readonly use = new MemoryUse();
  readonly spans = new SpanTable(this.use);
  readonly traces: TraceTable;
  readonly names: NameTable;
  readonly #processes: ProcessStore;
  readonly #log: SlabLog;
  readonly #maxTraces: number;

  /** At most `maxTraces` traces are kept (0: any number); `seed` makes hashes unpredictable. */
  constructor(maxTraces: number, seed: number) {
    this.#maxTraces = maxTraces;
    this.traces = new TraceTable(this.use, seed);
    this.names = new NameTable(this.use, seed);
    this.#processes = new ProcessStore(this.use, seed);
    this.#log = new SlabLog(this.spans, this.use);
  }

  /** Copies the batch in; returns how many older traces gave way to the limit of traces. */
  write(batch: SpanBatch): number {
    const { commonFields } = batch;
    const commonKind = spanKindOf(commonFields, 0, commonFields.length);
    let displaced = 0;
    for (const span of batch.spans) {
      const trace = this.traces.findOrAdd(span.buffer, span.traceIdStart);
      if (this.#maxTraces > 0 && this.traces.count > this.#maxTraces) {
        this.dropOldest();
        displaced++;
      }
      this.#add(trace, span, commonFields, commonKind);
    }
    this.#processes.forgetGiven();
    return displaced;
  }

  /** Drops the trace first seen longest ago, if there is one. */
  dropOldest(): void {
    const trace = this.traces.oldest;
    if (trace === NONE) return;
    const { spans } = this;
    let span = this.traces.firstSpan(trace);
    this.traces.removeOldest();
    while (span !== NONE) {
      const next = spans.get(span, SPAN.next);
      const operation = this.operation(span);
      operation.service.index.remove(spans.get(span, SPAN.chunk));
      this.#processes.removeSpan(this.process(span));
      this.names.removeSpan(operation);
      this.#log.release(span);
      spans.release(span);
      span = next;
    }
  }

  findTrace(traceId: TraceId): number {
    return this.traces.find(hexToBytes(traceId, 16), 0);
  }

  /** All spans of a trace, as they are now. */
  spansOf(trace: number): EncodedSpan[] {
    const found: EncodedSpan[] = [];
    if (trace === NONE) return found;
    for (let span = this.traces.firstSpan(trace); span !== NONE; span = this.spans.get(span, SPAN.next)) {
      found.push(this.encoded(span));
    }
    return found;
  }

  encoded(span: number): EncodedSpan {
    const { i32 } = this.spans.page(span);
    const at = this.spans.at(span);
    const start = i32[at + SPAN.offset] as number;
    const shape = i32[at + SPAN.shape] as number;
    return new EncodedSpan(
      this.#log.bytes(i32[at + SPAN.slab] as number),
      start,
      start + (i32[at + SPAN.length] as number),
      this.process(span).process,
      start + (shape >> 1),
      (i32[at + SPAN.flags] as number) >>> 0,
      (shape & 1) === 1,
    );
  }

  bytes(span: number): Buffer {
    return this.#log.bytes(this.spans.get(span, SPAN.slab));
  }

  operation(span: number): OperationEntry {
    return this.names.operation(this.spans.get(span, SPAN.operation));
  }

  process(span: number): ProcessEntry {
    return this.#processes.get(this.spans.get(span, SPAN.process));
  }

  #add(trace: number, span: EncodedSpan, commonFields: Uint8Array, commonKind: string): void {
    const { buffer, start, end } = span;
    header.read(span);
    const kind = spanKindOf(buffer, start, end) || commonKind;
    const process = this.#processes.addSpan(span.process);
    const operation = this.names.addSpan(
      process.process.serviceName,
      buffer,
      header.operationNameStart,
      header.operationNameEnd,
      kind,
    );
    const record = this.spans.allocate();
    const { i32, f64 } = this.spans.page(record);
    const at = this.spans.at(record);
    i32[at + SPAN.process] = process.id;
    i32[at + SPAN.operation] = operation.id;
    i32[at + SPAN.next] = NONE;
    i32[at + SPAN.trace] = trace;
    i32[at + SPAN.flags] = span.flags;
    i32[at + SPAN.shape] = ((span.traceIdStart - start) << 1) | (span.isRoot ? 1 : 0);
    i32[at + SPAN.startNanos] = header.startNanos;
    i32[at + SPAN.durationNanos] = header.durationNanos;
    f64[(at >> 1) + SPAN.startSeconds] = header.startSeconds;
    f64[(at >> 1) + SPAN.durationSeconds] = header.durationSeconds;
    i32[at + SPAN.chunk] = operation.service.index.add(record, header.startSeconds);
    this.#log.append(record, buffer, start, end, commonFields);
    const previous = this.traces.append(trace, record);
    if (previous !== NONE) this.spans.set(previous, SPAN.next, record);
  }
}
