import { type KeyValue, VALUE_TYPE } from "@spoor/span-model";

/**
 * v1's order of key-values: by key, then type, then value (jaegertracing/jaeger-idl `model/v1/keyvalue.go` IsLess). Text compares by
 * its UTF-8 bytes, as Go compares strings.
 */
export function compareKeyValues(a: KeyValue, b: KeyValue): number {
  const byKey = compareText(a.key, b.key);
  if (byKey !== 0) return byKey;
  if (a.type !== b.type) return typeNumber(a) - typeNumber(b);
  if (a.type === "string" && b.type === "string") return compareText(a.value, b.value);
  if (a.type === "bool" && b.type === "bool") return Number(a.value) - Number(b.value);
  if (a.type === "int64" && b.type === "int64") return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  if (a.type === "float64" && b.type === "float64") return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  if (a.type === "binary" && b.type === "binary") return Buffer.compare(a.value, b.value);
  return typeNumber(a) - typeNumber(b);
}

function typeNumber(tag: KeyValue): number {
  return tag.type === "unknown" ? tag.code : VALUE_TYPE[tag.type];
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
