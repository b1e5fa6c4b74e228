import type { KeyValue, Span } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";

/** What one span must meet, apart from its start time. Durations are microseconds, as stored. */
export interface SpanConditions {
  readonly serviceName: string;
  readonly operationName: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly durationUs: { readonly min: bigint; readonly max: bigint } | undefined;
}

export function meetsConditions(span: Span, wanted: SpanConditions): boolean {
  if (span.process.serviceName !== wanted.serviceName) return false;
  if (wanted.operationName !== undefined && span.operationName !== wanted.operationName) return false;
  if (wanted.durationUs !== undefined) {
    const us = span.durationNs / 1000n;
    if (us < wanted.durationUs.min || us > wanted.durationUs.max) return false;
  }
  for (const [key, value] of wanted.tags) if (!hasTag(span, key, value)) return false;
  return true;
}

function hasTag(span: Span, key: string, value: string): boolean {
  const isIt = (tag: KeyValue) => tag.key === key && tag.type !== "unknown" && valueText(tag) === value;
  return span.tags.some(isIt) || span.process.tags.some(isIt) || span.logs.some((log) => log.fields.some(isIt));
}
