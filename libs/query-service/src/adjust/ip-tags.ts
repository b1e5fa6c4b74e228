import type { KeyValue } from "@spoor/span-model";

const IP_KEYS: ReadonlySet<string> = new Set(["ip", "peer.ipv4"]);

/**
 * A tag `ip` or `peer.ipv4` that holds an IPv4 address as a number, as text; any other tag as it is
 * (jaegertracing/jaeger `model/adjuster/ip_tag.go`).
 */
export function adjustIpTag(tag: KeyValue): KeyValue {
  if ((tag.type !== "int64" && tag.type !== "float64") || !IP_KEYS.has(tag.key)) return tag;
  const address = tag.type === "int64" ? Number(BigInt.asUintN(32, tag.value)) : tag.value >>> 0;
  return { key: tag.key, type: "string", value: formatIpv4(address) };
}

/** {@link adjustIpTag} for a list; the same list when there is nothing to do. */
export function adjustIpTags(tags: readonly KeyValue[]): readonly KeyValue[] {
  for (const tag of tags) if (adjustIpTag(tag) !== tag) return tags.map(adjustIpTag);
  return tags;
}

/** Dotted form of an unsigned 32-bit address. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
