import { formatTraceId, type KeyValue, type Log, type Span } from "@spoor/span-model";

/** The part of v1's UI JSON that tells what a span holds. Integers that a double cannot hold stand as text. */
export interface V1Trace {
  readonly spans: readonly V1Span[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly V1Tag[] }>>;
}

interface V1Span {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly unknown[];
  readonly flags?: number;
  readonly startTime: string | number;
  readonly duration: string | number;
  readonly tags: readonly V1Tag[];
  readonly logs: readonly { readonly timestamp: string | number; readonly fields: readonly V1Tag[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

interface V1Tag {
  readonly key: string;
  readonly type: string;
  readonly value: unknown;
}

/** The tag that v1's collector appends to every span it receives. */
const FORMAT_TAG = "@jaeger@format";
/** The name that v1 gives a service without one, on its way to the store. */
const EMPTY_SERVICE = "empty-service-name";

/** One comparable text per span of a recorded trace, without what v1's collector adds; sorted. */
export function recordedSpans(traces: readonly V1Trace[]): string[] {
  const texts = traces.flatMap((trace) =>
    trace.spans.map((span) => {
      const process = trace.processes[span.processID];
      return JSON.stringify({
        ids: [span.traceID, span.spanID],
        operationName: span.operationName,
        references: span.references,
        flags: span.flags ?? 0,
        times: [String(span.startTime), String(span.duration)],
        tags: withoutLastFormat(span.tags).map(tagText),
        logs: span.logs.map(({ timestamp, fields }) => [String(timestamp), fields.map(tagText)]),
        warnings: span.warnings ?? [],
        serviceName: process?.serviceName,
        processTags: process?.tags.map(tagText).sort(),
      });
    }),
  );
  return texts.sort();
}

/** The same texts for decoded spans. */
export function comparableSpans(spans: readonly Span[]): string[] {
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
      tags: span.tags.map((tag) => tagText(v1Tag(tag))),
      logs: span.logs.map((log: Log) => [micros(log.timestampNs), log.fields.map((tag) => tagText(v1Tag(tag)))]),
      warnings: span.warnings,
      serviceName: span.process.serviceName === "" ? EMPTY_SERVICE : span.process.serviceName,
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

function tagText({ key, type, value }: V1Tag): string {
  // The fixtures hold long numbers as text.
  const text = type === "float64" ? String(Number(value)) : String(value);
  // Where v1 prints the address of a pointer to a value.
  return `${key}|${type}|${text.replace(/(VStr|VLong):(?!<nil>)[^ ]+/g, "$1:<value>")}`;
}
