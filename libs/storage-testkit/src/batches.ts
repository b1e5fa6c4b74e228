import type { KeyValue, Span } from "@spoor/span-model";
import { encodeSpans, NO_FIELDS, type SpanBatch, scanSpan, wholeSpan } from "@spoor/span-wire";

export interface BatchOptions {
  readonly tenant?: string;
  readonly commonFields?: Uint8Array;
}

/** The batch a receiver would make of these spans. */
export function batchOf(spans: readonly Span[], options: BatchOptions = {}): SpanBatch {
  const encoded = encodeSpans(spans);
  let byteLength = 0;
  for (const span of encoded) byteLength += span.end - span.start;
  return {
    spans: encoded,
    commonFields: options.commonFields ?? NO_FIELDS,
    format: "proto",
    transport: "grpc",
    tenant: options.tenant ?? "",
    byteLength,
  };
}

/** `spans` cut into `parts` batches of about equal size, in order. */
export function batchesOf(spans: readonly Span[], parts: number, options: BatchOptions = {}): SpanBatch[] {
  const size = Math.max(1, Math.ceil(spans.length / parts));
  const batches: SpanBatch[] = [];
  for (let at = 0; at < spans.length; at += size) batches.push(batchOf(spans.slice(at, at + size), options));
  return batches;
}

const TILDE = 0x7e;
const NEVER_IN_UTF8 = 0xff;

/** The batch of one span in whose bytes every `~` became a byte that no UTF-8 text has, as some clients send it. */
export function invalidUtf8BatchOf(span: Span): SpanBatch {
  const batch = batchOf([span]);
  const spans = batch.spans.map((each) => {
    const bytes = wholeSpan(each, NO_FIELDS).map((byte) => (byte === TILDE ? NEVER_IN_UTF8 : byte));
    return scanSpan(bytes);
  });
  return { ...batch, spans };
}

/** A span as text that is equal exactly when all of the span is equal; NaN equals NaN. */
export function spanText(span: Span): string {
  const { process, ...rest } = span;
  return JSON.stringify({ ...rest, process: { serviceName: process.serviceName, tags: process.tags } }, (_, value) => {
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    if (typeof value === "number") return String(value);
    return value as unknown;
  });
}

/** {@link spanText} of each span, sorted, so that two traces compare whatever their order. */
export function spanTexts(spans: readonly Span[]): string[] {
  return spans.map(spanText).sort();
}

/** Texts of a list of tags, for failure messages and comparisons. */
export function tagText(tag: KeyValue): string {
  return JSON.stringify(tag, (_, value) => (typeof value === "bigint" ? `${value}n` : (value as unknown)));
}
