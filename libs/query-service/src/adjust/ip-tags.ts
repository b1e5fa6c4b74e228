import { VALUE_TYPE } from "@spoor/span-model";
import type { KeyValuePlaces } from "@spoor/span-wire";

const IP_KEYS: readonly Uint8Array[] = [Buffer.from("ip"), Buffer.from("peer.ipv4")];

/**
 * Makes text of tags `ip` and `peer.ipv4` that hold an IPv4 address as a number
 * (jaegertracing/jaeger `model/adjuster/ip_tag.go`).
 */
export function adjustIpTags(tags: readonly KeyValuePlaces[]): void {
  for (const tag of tags) {
    if (tag.type !== VALUE_TYPE.int64 && tag.type !== VALUE_TYPE.float64) continue;
    if (!IP_KEYS.some((key) => tag.hasKey(key))) continue;
    tag.setText(tag.key(), formatIpv4(tag.type === VALUE_TYPE.int64 ? tag.low : tag.float64()));
  }
}

/** Dotted form of the low 32 bits of an address. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
