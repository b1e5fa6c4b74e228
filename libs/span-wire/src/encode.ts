import type { Process, Span } from "@spoor/span-model";
import { EncodedProcess, type EncodedSpan } from "./encoded-span.ts";
import { writeKeyValue } from "./key-value.ts";
import { SpanBatchBuilder } from "./span-batch-builder.ts";
import { writeDurationNs, writeTimestampNs } from "./time.ts";
import { WireWriter } from "./writer.ts";

/** In the form Go writes it. */
export function encodeProcess(process: Process): EncodedProcess {
  const writer = new WireWriter(256);
  writer.textField(1, process.serviceName);
  for (const tag of process.tags) writeKeyValue(writer, 2, tag);
  return new EncodedProcess(writer.finish(), process.serviceName);
}

/**
 * In the form Go writes them: fields in order, zero values left out, ids and times always there. Spans with the same
 * `process` object share one EncodedProcess, and all spans share one buffer. Times that protobuf cannot hold are
 * `INVALID_TIME`.
 */
export function encodeSpans(spans: readonly Span[]): EncodedSpan[] {
  const builder = new SpanBatchBuilder();
  const processes = new Map<Process, EncodedProcess>();
  for (const span of spans) {
    let process = processes.get(span.process);
    if (process === undefined) {
      process = encodeProcess(span.process);
      processes.set(span.process, process);
    }
    writeSpan(builder, span, process);
  }
  return builder.finish();
}

function writeSpan(builder: SpanBatchBuilder, span: Span, process: EncodedProcess): void {
  const writer = builder.writer;
  builder.beginSpan(process);
  builder.traceIdHex(span.traceId);
  builder.spanIdHex(span.spanId);
  writer.textField(3, span.operationName);
  for (const { type, traceId, spanId } of span.references) builder.referenceHex(type, traceId, spanId);
  builder.flags(span.flags);
  writeTimestampNs(writer, 6, span.startTimeNs);
  writeDurationNs(writer, 7, span.durationNs);
  for (const tag of span.tags) writeKeyValue(writer, 8, tag);
  for (const log of span.logs) {
    const mark = writer.begin(9);
    writeTimestampNs(writer, 1, log.timestampNs);
    for (const field of log.fields) writeKeyValue(writer, 2, field);
    writer.end(mark);
  }
  for (const warning of span.warnings) writer.stringField(12, warning);
  builder.endSpan();
}
