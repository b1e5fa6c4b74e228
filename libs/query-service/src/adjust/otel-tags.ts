import type { KeyValue } from "@spoor/span-model";

const LIBRARY_KEYS: ReadonlySet<string> = new Set([
  "telemetry.sdk.language",
  "telemetry.sdk.name",
  "telemetry.sdk.version",
  "telemetry.distro.name",
  "telemetry.distro.version",
]);

/**
 * Splits off the tags that tell of the instrumentation library: they belong to the process
 * (jaegertracing/jaeger `model/adjuster/otel_tag.go`).
 */
export function splitLibraryTags(tags: readonly KeyValue[]): {
  readonly spanTags: readonly KeyValue[];
  readonly processTags: readonly KeyValue[];
} {
  if (!tags.some((tag) => LIBRARY_KEYS.has(tag.key))) return { spanTags: tags, processTags: [] };
  return {
    spanTags: tags.filter((tag) => !LIBRARY_KEYS.has(tag.key)),
    processTags: tags.filter((tag) => LIBRARY_KEYS.has(tag.key)),
  };
}
