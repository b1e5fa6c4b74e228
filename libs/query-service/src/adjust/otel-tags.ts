import type { KeyValuePlaces } from "@spoor/span-wire";

const FIRST_LETTER = "t".charCodeAt(0);
const LIBRARY_KEYS: readonly Uint8Array[] = [
  "telemetry.sdk.language",
  "telemetry.sdk.name",
  "telemetry.sdk.version",
  "telemetry.distro.name",
  "telemetry.distro.version",
].map((key) => Buffer.from(key));
const NONE: readonly KeyValuePlaces[] = [];

/**
 * Takes out the tags that tell of the instrumentation library: they belong to the process
 * (jaegertracing/jaeger `model/adjuster/otel_tag.go`).
 */
export function takeLibraryTags(tags: KeyValuePlaces[]): readonly KeyValuePlaces[] {
  let taken: KeyValuePlaces[] | undefined;
  let kept = 0;
  for (const tag of tags) {
    if (isLibraryTag(tag)) {
      taken ??= [];
      taken.push(tag);
    } else tags[kept++] = tag;
  }
  if (taken === undefined) return NONE;
  tags.length = kept;
  return taken;
}

function isLibraryTag(tag: KeyValuePlaces): boolean {
  // Nearly all keys begin otherwise.
  if (tag.buffer[tag.keyStart] !== FIRST_LETTER) return false;
  for (const key of LIBRARY_KEYS) if (tag.hasKey(key)) return true;
  return false;
}
