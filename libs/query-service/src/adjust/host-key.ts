import { VALUE_TYPE } from "@spoor/span-model";
import type { KeyValuePlaces } from "@spoor/span-wire";
import { compareTags } from "./compare-tags.ts";
import { formatIpv4 } from "./ip-tags.ts";

const IP = Buffer.from("ip");

/**
 * What tells hosts apart: the tag `ip` of the process, as it was stored, the smallest if there are several; "" when it says nothing
 * (jaegertracing/jaeger `model/adjuster/clockskew.go` hostKey, which sees sorted tags).
 */
export function hostKeyOf(processTags: readonly KeyValuePlaces[]): string {
  let ip: KeyValuePlaces | undefined;
  for (const tag of processTags) {
    if (tag.hasKey(IP) && (ip === undefined || compareTags(tag, ip) < 0)) ip = tag;
  }
  switch (ip?.type) {
    case VALUE_TYPE.string:
      return ip.valueText();
    case VALUE_TYPE.int64:
      return formatIpv4(ip.low);
    case VALUE_TYPE.binary:
      return addressText(ip.valueText());
    default:
      return "";
  }
}

/** Of an address in hex. Only compared with each other: an IPv4 address in IPv6 form is the IPv4 address. */
function addressText(hex: string): string {
  if (hex.length === 8) return formatIpv4(Number.parseInt(hex, 16));
  if (hex.length !== 32) return "";
  return hex.startsWith("00000000000000000000ffff") ? formatIpv4(Number.parseInt(hex.slice(24), 16)) : hex;
}
