import { formatTraceId, type KeyValue, type Log, type Span } from "@spoor/span-model";
import type { V1Tag, V1Trace } from "./v1-trace.ts";

/** The tag that v1's collector appends to every span it receives. */
const FORMAT_TAG = "@jaeger@format";
/** The name that v1 gives a service without one, on its way to the store. */
const EMPTY_SERVICE = "empty-service-name";

export interface ComparisonOptions {
  /** Where the order of tags and log fields means nothing, they are sorted. */
  readonly anyTagOrder?: boolean;
  /** The recording lacks the collector's tag already. */
  readonly withoutFormatTag?: boolean;
}

/** One comparable text per span of a recorded trace, without what v1's collector adds; sorted. */
export function recordedSpans(traces: readonly V1Trace[], options: ComparisonOptions = {}): string[] {
  const texts = traces.flatMap((trace) =>
    trace.spans.map((span) => {
      const process = trace.processes[span.processID];
      return JSON.stringify({
        ids: [span.traceID, span.spanID],
        operationName: span.operationName,
        references: span.references,
        flags: span.flags ?? 0,
        times: [integerText(span.startTime), integerText(span.duration)],
        tags: tagTexts(options.withoutFormatTag ? span.tags : withoutLastFormat(span.tags), options),
        logs: span.logs.map(({ timestamp, fields }) => [integerText(timestamp), tagTexts(fields, options)]),
        warnings: span.warnings ?? [],
        serviceName: process?.serviceName || EMPTY_SERVICE,
        processTags: process?.tags.map(tagText).sort(),
      });
    }),
  );
  return texts.sort();
}

/** The same texts for decoded spans. */
export function comparableSpans(spans: readonly Span[], options: ComparisonOptions = {}): string[] {
  const texts = spans.map((span) =>
    JSON.stringify({
      ids: [formatTraceId(span.traceId), span.spanId],
      operationName: span.operationName,
      references: span.references.map(({ type, traceId, spanId }) => ({
        refType: type,
        traceID: formatTraceId(traceId),
        spanID: spanId,
      })),
      flags: span.flags,
      times: [micros(span.startTimeNs), micros(span.durationNs)],
      tags: tagTexts(span.tags.map(v1Tag), options),
      logs: span.logs.map((log: Log) => [micros(log.timestampNs), tagTexts(log.fields.map(v1Tag), options)]),
      warnings: span.warnings,
      serviceName: span.process.serviceName || EMPTY_SERVICE,
      processTags: span.process.tags.map((tag) => tagText(v1Tag(tag))).sort(),
    }),
  );
  return texts.sort();
}

function withoutLastFormat(tags: readonly V1Tag[]): readonly V1Tag[] {
  const index = tags.findLastIndex((tag) => tag.key === FORMAT_TAG);
  return tags.filter((_, i) => i !== index);
}

/** v1 shows nanoseconds as unsigned 64-bit microseconds, wrapped around where they do not fit. */
function micros(ns: bigint): string {
  return BigInt.asUintN(64, BigInt.asIntN(64, ns) / 1000n).toString();
}

function v1Tag(tag: KeyValue): V1Tag {
  const { key } = tag;
  switch (tag.type) {
    case "binary":
      return {
        key,
        type: tag.type,
        value: tag.value.length > 0 ? Buffer.from(tag.value).toString("base64") : null,
      };
    case "unknown":
      return { key, type: String(tag.code), value: null };
    default:
      return { key, type: tag.type, value: tag.value };
  }
}

function tagTexts(tags: readonly V1Tag[], { anyTagOrder = false }: ComparisonOptions): readonly string[] {
  const texts = tags.map(tagText);
  return anyTagOrder ? texts.sort() : texts;
}

function integerText(value: unknown): string {
  return String(value).replace(/^#/, "");
}

function tagText({ key, type, value }: V1Tag): string {
  const text =
    type === "float64" ? String(Number(integerText(value))) : type === "int64" ? integerText(value) : String(value);
  // Where v1 prints the address of a pointer to a value.
  return `${key}|${type}|${text.replace(/(VStr|VLong):(?!<nil>)[^ ]+/g, "$1:<value>")}`;
}
