import { NO_FIELDS, type SpanBatch, type SpanFormat, WireWriter, writeStringKeyValue } from "@spoor/span-wire";

/** v1's span tag that names the format a span came in (since 1.66; before, `internal.span.format`). */
export const FORMAT_TAG = "@jaeger@format";
/** Number of Span.tags. */
const TAGS_FIELD = 8;
/** OTLP and Zipkin spans have no such tag in v1. */
const TAGGED: readonly SpanFormat[] = ["proto", "jaeger"];

const FIELDS: ReadonlyMap<SpanFormat, Uint8Array> = new Map(
  TAGGED.map((format) => {
    const writer = new WireWriter(64);
    writeStringKeyValue(writer, TAGS_FIELD, FORMAT_TAG, format);
    return [format, writer.finish()];
  }),
);

/** The common fields of a batch with its format tag added. */
export function withFormatTag(batch: SpanBatch): Uint8Array {
  const tag = FIELDS.get(batch.format) ?? NO_FIELDS;
  if (batch.commonFields.length === 0) return tag;
  return tag.length === 0 ? batch.commonFields : Buffer.concat([batch.commonFields, tag]);
}
