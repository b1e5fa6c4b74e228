import { ANNOTATION_TYPE, type ZipkinCoreBinaryAnnotation, type ZipkinCoreSpan } from "./zipkin-core.ts";

/** Microseconds a span lasts when nothing says how long. */
const DEFAULT_DURATION_US = 1n;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Repairs a span as v1's agent does before it converts it (jaegertracing/jaeger
 * `cmd/collector/app/sanitizer/zipkin/span_sanitizer.go`): duration and start from annotations, no parent of zero, `error` as a bool.
 */
export function sanitizeZipkinSpan(span: ZipkinCoreSpan): ZipkinCoreSpan {
  return withBoolError(withoutZeroParent(withStart(withDuration(span))));
}

function withDuration(span: ZipkinCoreSpan): ZipkinCoreSpan {
  const durationUs = span.durationUs;
  if (durationUs === undefined) return { ...span, ...durationFromAnnotations(span) };
  if (durationUs >= 0n) return span;
  return { ...withText(span, "errNegativeDuration", durationUs.toString()), durationUs: DEFAULT_DURATION_US };
}

function durationFromAnnotations(span: ZipkinCoreSpan): Pick<ZipkinCoreSpan, "durationUs" | "timestampUs"> {
  const { annotations, timestampUs } = span;
  if (annotations.length >= 2) {
    const first =
      annotations.findLast((annotation) => annotation.value === "cs")?.timestampUs ?? annotations[0]?.timestampUs ?? 0n;
    const last =
      annotations.findLast((annotation) => annotation.value === "cr")?.timestampUs ??
      annotations.at(-1)?.timestampUs ??
      0n;
    if (first < last) return { durationUs: last - first, timestampUs: timestampUs ?? first };
  }
  return { durationUs: DEFAULT_DURATION_US, timestampUs };
}

/** The time of the first `cs`, else, in a span without a parent, of the last `sr`. */
function withStart(span: ZipkinCoreSpan): ZipkinCoreSpan {
  if (span.timestampUs !== undefined) return span;
  const clientSend = span.annotations.find((annotation) => annotation.value === "cs");
  const serverReceive =
    span.parentId === undefined ? span.annotations.findLast((annotation) => annotation.value === "sr") : undefined;
  return { ...span, timestampUs: (clientSend ?? serverReceive)?.timestampUs };
}

function withoutZeroParent(span: ZipkinCoreSpan): ZipkinCoreSpan {
  if (span.parentId !== 0n) return span;
  return { ...withText(span, "errZeroParentID", "0"), parentId: undefined };
}

/** An `error` that is no bool becomes one; a text other than true and false moves to `error.message`. */
function withBoolError(span: ZipkinCoreSpan): ZipkinCoreSpan {
  const isTextError = ({ key, type }: ZipkinCoreBinaryAnnotation) =>
    type !== ANNOTATION_TYPE.bool && key.toLowerCase() === "error";
  if (!span.binaryAnnotations.some(isTextError)) return span;
  const messages: ZipkinCoreBinaryAnnotation[] = [];
  const annotations = span.binaryAnnotations.map((annotation) => {
    if (!isTextError(annotation)) return annotation;
    const text = decoder.decode(annotation.value);
    const isFalse = text.toLowerCase() === "false";
    if (!isFalse && text !== "" && text.toLowerCase() !== "true") {
      messages.push({ key: "error.message", value: annotation.value, type: ANNOTATION_TYPE.string, host: undefined });
    }
    return { ...annotation, type: ANNOTATION_TYPE.bool, value: Uint8Array.of(isFalse ? 0 : 1) };
  });
  return { ...span, binaryAnnotations: [...annotations, ...messages] };
}

function withText(span: ZipkinCoreSpan, key: string, text: string): ZipkinCoreSpan {
  const annotation = { key, value: encoder.encode(text), type: ANNOTATION_TYPE.string, host: undefined };
  return { ...span, binaryAnnotations: [...span.binaryAnnotations, annotation] };
}
