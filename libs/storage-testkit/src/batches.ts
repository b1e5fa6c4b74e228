import type { KeyValue, Span } from "@spoor/span-model";
import { encodeSpans, NO_FIELDS, type SpanBatch } from "@spoor/span-wire";

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
