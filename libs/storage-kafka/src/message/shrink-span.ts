import type { KeyValue, Span } from "@spoor/span-model";

/** Longest value that stays whole, tried from the largest on: so the largest values are cut first, and no more than needed. */
const CAPS_BYTES = [262_144, 131_072, 65_536, 32_768, 16_384, 8192, 4096, 2048, 1024, 512, 256, 128, 64];
/** How many bytes of values were cut; a tag, for stores and pages show those. */
export const TRUNCATED_TAG = "spoor.truncated.bytes";

/**
 * The span with its longest values (of tags, log fields and process tags) and its name cut until `fits`; when that is not enough, without
 * its logs. A tag says how many bytes went. `undefined` when even that does not fit.
 */
export function shrinkSpan(span: Span, fits: (span: Span) => boolean): Span | undefined {
  for (const hasLogs of [true, false]) {
    for (const cap of CAPS_BYTES) {
      const cut = cutSpan(span, cap, hasLogs);
      if (fits(cut)) return cut;
    }
  }
  return undefined;
}

function cutSpan(span: Span, cap: number, hasLogs: boolean): Span {
  let cutBytes = 0;
  const text = (value: string): string => {
    const bytes = value.length * 3 <= cap ? 0 : Buffer.byteLength(value);
    if (bytes <= cap) return value;
    const kept = cutText(value, cap);
    cutBytes += bytes - Buffer.byteLength(kept);
    return kept;
  };
  const keyValue = (tag: KeyValue): KeyValue => {
    const key = text(tag.key);
    if (tag.type === "string") return { ...tag, key, value: text(tag.value) };
    if (tag.type !== "binary" || tag.value.length <= cap) return { ...tag, key };
    cutBytes += tag.value.length - cap;
    return { ...tag, key, value: tag.value.subarray(0, cap) };
  };
  const operationName = text(span.operationName);
  const tags = span.tags.map(keyValue);
  const logs = hasLogs ? span.logs.map((log) => ({ ...log, fields: log.fields.map(keyValue) })) : [];
  const process = { ...span.process, tags: span.process.tags.map(keyValue) };
  if (!hasLogs) {
    for (const { fields } of span.logs) for (const field of fields) cutBytes += lengthOf(field);
  }
  const mark: KeyValue = { key: TRUNCATED_TAG, type: "int64", value: BigInt(cutBytes) };
  return { ...span, operationName, tags: [...tags, mark], logs, process };
}

/** The longest beginning of at most `cap` bytes of UTF-8. */
function cutText(value: string, cap: number): string {
  const bytes = Buffer.from(value);
  let end = cap;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

function lengthOf(field: KeyValue): number {
  const value =
    field.type === "string" ? Buffer.byteLength(field.value) : field.type === "binary" ? field.value.length : 8;
  return Buffer.byteLength(field.key) + value;
}
