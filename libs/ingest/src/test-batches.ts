import type { KeyValue, Span } from "@spoor/span-model";
import { decodeProcess, encodeSpans, KeyValueCursor, NO_FIELDS, type SpanBatch } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";

/** A span with the facts a test cares about; everything else is plain. */
export function testSpan(facts: Partial<Span> & { readonly serviceName?: string } = {}): Span {
  const { serviceName = "frontend", ...rest } = facts;
  return {
    traceId: "0123456789abcdef0123456789abcdef",
    spanId: "00000000000000aa",
    operationName: "op",
    references: [],
    flags: 1,
    startTimeNs: 1_795_423_020_000_000_000n,
    durationNs: 1000n,
    tags: [],
    logs: [],
    process: { serviceName, tags: [] },
    warnings: [],
    ...rest,
  };
}

export function testBatch(spans: readonly Span[], facts: Partial<SpanBatch> = {}): SpanBatch {
  return {
    spans: encodeSpans(spans),
    commonFields: NO_FIELDS,
    format: "proto",
    transport: "grpc",
    tenant: "",
    byteLength: 1000,
    ...facts,
  };
}

/** Keeps what it is given; `gate` holds writes back until it is opened. */
export class RecordingWriter implements SpanWriter {
  readonly batches: SpanBatch[] = [];
  failure: Error | undefined;
  gate: Promise<void> | undefined;

  async write(batch: SpanBatch): Promise<void> {
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(batch);
  }

  get processes(): readonly { readonly serviceName: string; readonly tags: readonly KeyValue[] }[] {
    return this.batches.flatMap(({ spans }) => spans.map((span) => decodeProcess(span.process)));
  }
}

/** Tags among encoded fields of Span, as `key=value`. */
export function commonTags(batch: SpanBatch): readonly string[] {
  const cursor = new KeyValueCursor();
  cursor.openFields(batch.commonFields, 0, batch.commonFields.length, false);
  const tags: string[] = [];
  while (cursor.next()) tags.push(`${cursor.key()}=${cursor.valueText()}`);
  return tags;
}
