import { type KeyValue, VALUE_TYPE } from "@spoor/span-model";

/** v1's order of tags: key, type, value (jaegertracing/jaeger-idl `model/v1` KeyValue.Compare). */
export function compareTags(a: KeyValue, b: KeyValue): number {
  if (a.key !== b.key) return compareText(a.key, b.key);
  if (a.type !== b.type) return typeNumber(a) - typeNumber(b);
  switch (a.type) {
    case "string":
      return compareText(a.value, (b as typeof a).value);
    case "bool":
      return Number(a.value) - Number((b as typeof a).value);
    case "int64":
      return compareOrdered(a.value, (b as typeof a).value);
    case "float64":
      return compareFloats(a.value, (b as typeof a).value);
    case "binary":
      return Buffer.compare(a.value, (b as typeof a).value);
    case "unknown":
      return a.code - (b as typeof a).code;
  }
}

/** Beyond this many tags the library's sort is quicker. */
const INSERTION_SORT_MAX = 24;

/** A sorted copy. */
export function sortTags(tags: readonly KeyValue[]): KeyValue[] {
  const sorted = tags.slice();
  if (sorted.length > INSERTION_SORT_MAX) return sorted.sort(compareTags);
  for (let i = 1; i < sorted.length; i++) {
    const tag = sorted[i] as KeyValue;
    let at = i;
    while (at > 0 && compareTags(sorted[at - 1] as KeyValue, tag) > 0) {
      sorted[at] = sorted[at - 1] as KeyValue;
      at--;
    }
    sorted[at] = tag;
  }
  return sorted;
}

function typeNumber(tag: KeyValue): number {
  return tag.type === "unknown" ? tag.code : VALUE_TYPE[tag.type];
}

function compareOrdered<T extends bigint | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** NaN comes last, so that the order does not depend on where it stood. */
function compareFloats(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return compareOrdered(a, b);
}

/** As Go compares strings, by UTF-8 bytes: surrogates (U+10000 and up) come after U+E000 to U+FFFF. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) return (x < 0xe000 ? x + 0x10000 : x) - (y < 0xe000 ? y + 0x10000 : y);
    return x - y;
  }
  return a.length - b.length;
}
