import { hexOf, type KeyValue, type Process, type Span, type SpanReference } from "@spoor/span-model";
import { decodeUtf8, type KeyValuePlaces, type ReferenceFields, type SpanFields } from "@spoor/span-wire";
import type { ShownProcess, ShownSpan } from "../query-service.ts";

const BILLION = 1_000_000_000n;

/** Spans as they are shown, decoded. Spans of one process share one `process` object. */
export function* decodeShown(spans: Iterable<ShownSpan>): Generator<Span, void, undefined> {
  const processes = new Map<ShownProcess, Process>();
  for (const { fields, process, addedWarnings } of spans) {
    let decoded = processes.get(process);
    if (decoded === undefined) {
      decoded = { serviceName: process.serviceName, tags: process.tags.map(keyValueOf) };
      processes.set(process, decoded);
    }
    yield decodeFields(fields, decoded, addedWarnings);
  }
}

/** The span, decoded, with some more warnings. */
export function decodeFields(fields: SpanFields, process: Process, addedWarnings: readonly string[] = []): Span {
  const { buffer } = fields;
  return {
    traceId: hexOf(buffer, fields.traceIdStart, 16),
    spanId: hexOfHalves(fields.spanIdHigh, fields.spanIdLow),
    operationName: decodeUtf8(buffer, fields.operationNameStart, fields.operationNameEnd),
    references: fields.references.map((reference) => referenceOf(fields, reference)),
    flags: fields.flags,
    startTimeNs: timeNs(fields.startSeconds, fields.startNanos),
    durationNs: timeNs(fields.durationSeconds, fields.durationNanos),
    tags: fields.tags.map(keyValueOf),
    logs: fields.logs.map((log) => ({
      timestampNs: timeNs(log.seconds, log.nanos),
      fields: log.fields.map(keyValueOf),
    })),
    process,
    warnings: [...fields.warnings.map(({ start, end }) => decodeUtf8(buffer, start, end)), ...addedWarnings],
  };
}

export function referenceOf({ buffer }: SpanFields, reference: ReferenceFields): SpanReference {
  return {
    type: reference.followsFrom ? "FOLLOWS_FROM" : "CHILD_OF",
    traceId: hexOf(buffer, reference.traceIdStart, 16),
    spanId: hexOfHalves(reference.spanIdHigh, reference.spanIdLow),
  };
}

/** The hex form of an id in two halves. */
export function hexOfHalves(high: number, low: number): string {
  return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
}

function keyValueOf(places: KeyValuePlaces): KeyValue {
  return places.keyValue();
}

function timeNs(seconds: number, nanos: number): bigint {
  return BigInt(seconds) * BILLION + BigInt(nanos);
}
