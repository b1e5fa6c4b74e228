import { isIPv4 } from "node:net";
import { getSystemErrorName } from "node:util";
import type { DgramOptions, DgramSender } from "./dgram-socket.ts";
import type { NativeAddon, NativeHandle } from "./native-addon.ts";
import type { PacketSink, RawSocket } from "./raw-socket.ts";

/** Datagrams of one wake-up at most. */
const SLOTS = 32;
/** What `recvmmsg.c` tells of each. */
const META_WORDS = 6;
const META = { length: 0, port: 1, address: 2 } as const;

/** A socket that `recvmmsg` reads. Throws the system's error when it cannot be bound. */
export function openNative(
  addon: NativeAddon,
  isIpv6: boolean,
  host: string,
  options: Pick<DgramOptions, "port" | "reuseAddress" | "receiveBufferBytes">,
  slotBytes: number,
  sink: PacketSink,
): RawSocket {
  // Memory that is never touched costs nothing: a slot takes what datagrams are long.
  const slab = Buffer.from(new ArrayBuffer(SLOTS * slotBytes));
  const meta = new Uint32Array(new ArrayBuffer(SLOTS * META_WORDS * 4));
  const senderOf = (slot: number): DgramSender => readSender(meta, slot, isIpv6);
  const handle: NativeHandle = addon.open(
    isIpv6,
    host,
    options.port,
    options.reuseAddress ?? false,
    options.receiveBufferBytes ?? 0,
    slab,
    meta,
    slotBytes,
    (count) => {
      if (count < 0) {
        sink.readFailed(new Error(`recvmmsg: ${getSystemErrorName(count)}`));
        return;
      }
      const packets: Uint8Array[] = [];
      const slots: number[] = [];
      for (let slot = 0; slot < count; slot++) {
        const length = meta[slot * META_WORDS + META.length] as number;
        if (!sink.isWelcome(length)) continue;
        packets.push(slab.subarray(slot * slotBytes, slot * slotBytes + length));
        slots.push(slot);
      }
      if (packets.length > 0) sink.batch(packets, (index) => senderOf(slots[index] as number));
    },
  );
  let drops: number | undefined;
  return {
    address: { host, port: addon.port(handle) },
    async kernelDrops() {
      const now = addon.drops(handle);
      if (now >= 0) drops = now;
      return drops;
    },
    async close() {
      addon.close(handle);
    },
  };
}

function readSender(meta: Uint32Array, slot: number, isIpv6: boolean): DgramSender {
  const at = slot * META_WORDS;
  const bytes = new Uint8Array(meta.buffer, (at + META.address) * 4, 16);
  const last = bytes.subarray(12).join(".");
  const port = meta[at + META.port] as number;
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped && isIPv4(last)) return { address: isIpv6 ? `::ffff:${last}` : last, port };
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[i * 2] as number) << 8) | (bytes[i * 2 + 1] as number)).toString(16),
  );
  // URL knows the short form of IPv6.
  return { address: new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1), port };
}
