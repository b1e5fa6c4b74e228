import type { Span } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import { bigintValue, intValue, textValue } from "../rows/cql-writer.ts";
import type { TagIndex } from "../rows/indexed-tags.ts";
import { microseconds } from "../rows/span-row.ts";
import type { StartSlots } from "./start-slots.ts";
import { V1_BUCKETS } from "./start-slots.ts";
import type { StatementGroups } from "./statement-groups.ts";
import { durationBucketMs } from "./time-buckets.ts";

const INSERT_SERVICE =
  "INSERT INTO service_name_index (service_name, bucket, start_time, trace_id) VALUES (?, ?, ?, ?)";
const INSERT_OPERATION =
  "INSERT INTO service_operation_index (service_name, operation_name, start_time, trace_id) VALUES (?, ?, ?, ?)";
const INSERT_TAG =
  "INSERT INTO tag_index (service_name, tag_key, tag_value, start_time, trace_id, span_id) VALUES (?, ?, ?, ?, ?, ?)";
const INSERT_DURATION =
  "INSERT INTO duration_index (service_name, operation_name, bucket, duration, start_time, trace_id) VALUES (?, ?, ?, ?, ?, ?)";

const FIREHOSE = 8;

export interface EncodedKeys {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly hash: Buffer;
}

/** The rows by which a span is found. Spans with the firehose flag are found by service and operation only, as in v1. */
export function addIndexRows(
  groups: StatementGroups,
  span: Span,
  keys: EncodedKeys,
  context: { readonly slots: StartSlots; readonly tagIndex: TagIndex; readonly onSkippedTag: () => void },
): void {
  const { serviceName } = span.process;
  const { operationName } = span;
  const startUs = microseconds(span.startTimeNs);
  const service = textValue(serviceName);
  const operation = textValue(operationName);
  const start = bigintValue(startUs);
  const preferred = Number(keys.hash.readBigUInt64BE() % BigInt(V1_BUCKETS));
  const bucket = context.slots.bucket(serviceName, startUs, span.traceId, preferred);
  groups.add(`s${bucket} ${serviceName}`, INSERT_SERVICE, [service, intValue(bucket), start, keys.traceId]);
  groups.add(partition("o", serviceName, operationName), INSERT_OPERATION, [service, operation, start, keys.traceId]);
  if ((span.flags & FIREHOSE) !== 0) return;

  for (const [key, values] of context.tagIndex.pairs(span, context.onSkippedTag)) {
    const keyBytes = textValue(key);
    for (const value of values) {
      groups.add(partition("t", serviceName, key, value), INSERT_TAG, [
        service,
        keyBytes,
        textValue(value),
        start,
        keys.traceId,
        keys.spanId,
      ]);
    }
  }

  const bucketMs = durationBucketMs(Number(startUs));
  const bucketValue = bigintValue(BigInt(bucketMs));
  const duration = bigintValue(microseconds(span.durationNs));
  for (const [name, bytes] of operationName === ""
    ? [["", operation] as const]
    : ([
        ["", EMPTY],
        [operationName, operation],
      ] as const)) {
    groups.add(partition(`d${bucketMs}`, serviceName, name), INSERT_DURATION, [
      service,
      bytes,
      bucketValue,
      duration,
      start,
      keys.traceId,
    ]);
  }
}

const EMPTY = Buffer.alloc(0);

/** Lengths keep apart names that are equal once put together. */
function partition(table: string, ...parts: readonly string[]): string {
  return `${table} ${parts.map((part) => part.length).join(" ")} ${parts.join("")}`;
}

const SPAN_KINDS: ReadonlySet<string> = new Set(["client", "server", "producer", "consumer", "internal"]);

/** The first tag `span.kind`, where it names a kind as v1 spells them; "" otherwise. */
export function spanKindOf(span: Span): string {
  const tag = span.tags.find((each) => each.key === "span.kind");
  const kind = tag === undefined ? "" : valueText(tag);
  return SPAN_KINDS.has(kind) ? kind : "";
}
