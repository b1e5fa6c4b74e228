import { VALUE_TYPE } from "@spoor/span-model";
import type { KeyValuePlaces } from "@spoor/span-wire";

/** v1's order of tags: key, type, value; texts by their UTF-8 bytes (jaegertracing/jaeger-idl `model/v1` KeyValue.Compare). */
export function compareTags(a: KeyValuePlaces, b: KeyValuePlaces): number {
  const keys = compareBytes(a.buffer, a.keyStart, a.keyEnd, b.buffer, b.keyStart, b.keyEnd);
  if (keys !== 0) return keys;
  if (a.type !== b.type) return a.type - b.type;
  switch (a.type) {
    case VALUE_TYPE.string:
    case VALUE_TYPE.binary:
      return compareBytes(a.buffer, a.valueStart, a.valueEnd, b.buffer, b.valueStart, b.valueEnd);
    case VALUE_TYPE.bool:
      return a.low - b.low;
    case VALUE_TYPE.int64:
      return a.high === b.high ? (a.low >>> 0) - (b.low >>> 0) : a.high - b.high;
    case VALUE_TYPE.float64:
      return compareFloats(a.float64(), b.float64());
    default:
      return 0;
  }
}

/** Beyond this many tags the library's sort is quicker. */
const INSERTION_SORT_MAX = 24;

/** Sorts in place from index `first` on; equal tags keep their order. */
export function sortTags(tags: KeyValuePlaces[], first: number = 0): void {
  const count = tags.length;
  if (count - first > INSERTION_SORT_MAX) {
    const sorted = tags.slice(first).sort(compareTags);
    for (let i = first; i < count; i++) tags[i] = sorted[i - first] as KeyValuePlaces;
    return;
  }
  for (let i = first + 1; i < count; i++) {
    const tag = tags[i] as KeyValuePlaces;
    let at = i;
    while (at > first && compareTags(tags[at - 1] as KeyValuePlaces, tag) > 0) {
      tags[at] = tags[at - 1] as KeyValuePlaces;
      at--;
    }
    if (at < i) tags[at] = tag;
  }
}

/** NaN comes last, so that the order does not depend on where it stood. */
function compareFloats(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const end = aStart + Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = aStart, k = bStart; i < end; i++, k++) {
    const difference = (a[i] as number) - (b[k] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}
