import type { KeyValue, Process } from "@spoor/span-model";
import { compareTags } from "./compare-tags.ts";
import { formatIpv4 } from "./ip-tags.ts";

/**
 * What tells hosts apart: the tag `ip` of the process, the smallest if there are several; "" when it says nothing
 * (jaegertracing/jaeger `model/adjuster/clockskew.go` hostKey, which sees sorted tags).
 */
export function hostKeyOf(process: Process): string {
  let ip: KeyValue | undefined;
  for (const tag of process.tags) {
    if (tag.key === "ip" && (ip === undefined || compareTags(tag, ip) < 0)) ip = tag;
  }
  switch (ip?.type) {
    case "string":
      return ip.value;
    case "int64":
      return formatIpv4(Number(BigInt.asUintN(32, ip.value)));
    case "binary":
      return addressText(ip.value);
    default:
      return "";
  }
}

/** Only compared with each other: an IPv4 address in IPv6 form is the IPv4 address. */
function addressText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  if (bytes.length === 4) return formatIpv4(Number.parseInt(hex, 16));
  if (bytes.length !== 16) return "";
  return hex.startsWith("00000000000000000000ffff") ? formatIpv4(Number.parseInt(hex.slice(24), 16)) : hex;
}
