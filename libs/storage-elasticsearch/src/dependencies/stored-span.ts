import type { TimedSpan } from "@spoor/service-calls";
import { parentReference, parseSpanId, parseTraceId, type SpanReference, ZERO_SPAN_ID } from "@spoor/span-model";

/** The fields of a document of a span that {@link callingSpan} reads. */
export const CALL_FIELDS = [
  "traceID",
  "spanID",
  "parentSpanID",
  "startTime",
  "references",
  "process.serviceName",
  "tags.key",
  "tags.value",
  "tag.span*kind",
] as const;

interface SpanJson {
  readonly traceID?: string;
  readonly spanID?: string;
  readonly parentSpanID?: string;
  readonly startTime?: number | bigint;
  readonly references?: readonly { readonly refType?: string; readonly traceID?: string; readonly spanID?: string }[];
  readonly process?: { readonly serviceName?: string };
  readonly tags?: readonly { readonly key?: string; readonly value?: string }[];
  readonly tag?: Readonly<Record<string, unknown>>;
}

/** What counting calls needs of a span's document; `undefined` when it is none. */
export function callingSpan(source: unknown): TimedSpan | undefined {
  const json = (source ?? {}) as SpanJson;
  const traceId = parseTraceId(json.traceID ?? "");
  const spanId = parseSpanId(json.spanID ?? "");
  if (traceId === undefined || spanId === undefined) return undefined;
  const references: SpanReference[] = [];
  for (const reference of json.references ?? []) {
    const ofTrace = parseTraceId(reference.traceID ?? "");
    const ofSpan = parseSpanId(reference.spanID ?? "");
    if (ofTrace === undefined || ofSpan === undefined) continue;
    const type = reference.refType === "FOLLOWS_FROM" ? "FOLLOWS_FROM" : "CHILD_OF";
    references.push({ type, traceId: ofTrace, spanId: ofSpan });
  }
  const parent = parentReference(traceId, references)?.spanId ?? parseSpanId(json.parentSpanID ?? "");
  return {
    traceId,
    spanId,
    parentSpanId: parent === ZERO_SPAN_ID ? undefined : parent,
    serviceName: json.process?.serviceName ?? "",
    spanKind: spanKind(json),
    startTimeUs: Number(json.startTime ?? 0),
  };
}

function spanKind({ tags, tag }: SpanJson): string {
  const nested = tags?.find(({ key }) => key === "span.kind")?.value;
  // With a character of one's own choice between the words.
  return nested ?? String(Object.entries(tag ?? {}).find(([key]) => /^span.+kind$/.test(key))?.[1] ?? "");
}
