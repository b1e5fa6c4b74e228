import { isIPv4 } from "node:net";
import { getSystemErrorName } from "node:util";
import type { DgramOptions, DgramSender } from "./dgram-socket.ts";
import { Gather } from "./gather.ts";
import type { NativeAddon, NativeHandle } from "./native-addon.ts";
import type { PacketSink, RawSocket } from "./raw-socket.ts";

/** Datagrams that gather, and those of one wake-up, at most. */
const SLOTS = 32;
/** What `recvmmsg.c` is told of all slots, and tells of each. */
const FIRST_FREE = 0;
const META_WORDS = 6;
const META = { length: 1, port: 2, address: 3 } as const;

/** A socket that `recvmmsg` reads. Throws the system's error when it cannot be bound. */
export function openNative(
  addon: NativeAddon,
  isIpv6: boolean,
  host: string,
  options: Pick<DgramOptions, "port" | "reuseAddress" | "receiveBufferBytes">,
  slotBytes: number,
  gatherMs: number,
  sink: PacketSink,
): RawSocket {
  // Memory that is never touched costs nothing: a slot takes what datagrams are long.
  const slab = Buffer.from(new ArrayBuffer(SLOTS * slotBytes));
  const meta = new Uint32Array(new ArrayBuffer((1 + SLOTS * META_WORDS) * 4));
  const senderOf = (slot: number): DgramSender => readSender(meta, slot, isIpv6);
  let packets: Uint8Array[] = [];
  /** Where each of them stands. */
  let slots: number[] = [];
  const gather = new Gather(gatherMs, () => {
    const [gathered, places] = [packets, slots];
    [packets, slots] = [[], []];
    if (gathered.length > 0) sink.batch(gathered, (index) => senderOf(places[index] as number));
    meta[FIRST_FREE] = 0;
  });
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
      const first = meta[FIRST_FREE] as number;
      const end = first + count;
      for (let slot = first; slot < end; slot++) {
        const length = meta[slot * META_WORDS + META.length] as number;
        if (!sink.isWelcome(length)) continue;
        packets.push(slab.subarray(slot * slotBytes, slot * slotBytes + length));
        slots.push(slot);
      }
      meta[FIRST_FREE] = end;
      gather.came(end);
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
      gather.now();
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
