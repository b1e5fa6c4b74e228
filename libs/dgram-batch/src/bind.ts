import { isIP } from "node:net";
import type { DgramOptions, DgramSender, DgramSocket, DgramStats } from "./dgram-socket.ts";
import { DgramError } from "./errors.ts";
import { loadNative, type NativeAddon } from "./native-addon.ts";
import { openNative } from "./native-socket.ts";
import { openNode } from "./node-socket.ts";
import { PacketQueue } from "./packet-queue.ts";
import type { PacketSink, RawSocket } from "./raw-socket.ts";

const DEFAULT_MAX_PACKET_BYTES = 65_000;
const DEFAULT_MAX_QUEUED_PACKETS = 1_000;
const DEFAULT_GATHER_MS = 10;
/** No datagram is longer. */
const MAX_DATAGRAM_BYTES = 65_535;

/** Binds a UDP socket that hands datagrams over in batches. Rejects with `BIND_FAILED`, or `NO_NATIVE` when just the addon will do. */
export async function bindDgram(options: DgramOptions): Promise<DgramSocket> {
  const { host, reader = "auto" } = options;
  const addon = reader === "node" ? undefined : loadNative(options.onNoNative);
  if (reader === "native" && addon === undefined) throw new DgramError("NO_NATIVE", "the addon was not built");
  if (host !== "") return open(host.includes(":"), host, options, addon);
  try {
    return await open(true, "::", options, addon);
  } catch (error) {
    const { code } = (error as DgramError).cause as NodeJS.ErrnoException;
    if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") throw error;
    return open(false, "0.0.0.0", options, addon);
  }
}

async function open(
  isIpv6: boolean,
  host: string,
  options: DgramOptions,
  addon: NativeAddon | undefined,
): Promise<DgramSocket> {
  const socket = new QueuedSocket(options);
  const { maxPacketBytes, gatherMs } = socket;
  try {
    socket.start(
      // A name has to be looked up, which the addon cannot.
      addon === undefined || !isAddress(host)
        ? await openNode(isIpv6, host, options, socket)
        : openNative(addon, isIpv6, host, options, Math.min(maxPacketBytes, MAX_DATAGRAM_BYTES), gatherMs, socket),
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DgramError("BIND_FAILED", `cannot listen on UDP ${host}:${options.port}: ${reason}`, { cause });
  }
  return socket;
}

/** Without a zone, which only the system's own lookup understands. */
function isAddress(host: string): boolean {
  return isIP(host) !== 0 && !host.includes("%");
}

class QueuedSocket implements DgramSocket, PacketSink {
  readonly maxPacketBytes: number;
  readonly gatherMs: number;
  readonly #queue: PacketQueue;
  readonly #onReadError: (error: Error) => void;
  #raw: RawSocket | undefined;
  #receivedPackets = 0;
  #receivedBytes = 0;
  #droppedByQueue = 0;
  #truncated = 0;
  #readErrors = 0;
  #lastPacketBytes = 0;
  #kernelDrops: number | undefined;
  #closing: Promise<void> | undefined;
  address: DgramSocket["address"] = { host: "", port: 0 };

  constructor(options: DgramOptions) {
    this.maxPacketBytes = options.maxPacketBytes ?? DEFAULT_MAX_PACKET_BYTES;
    this.gatherMs = options.gatherMs ?? DEFAULT_GATHER_MS;
    const { maxQueuedPackets = DEFAULT_MAX_QUEUED_PACKETS, onPackets } = options;
    this.#queue = new PacketQueue(maxQueuedPackets, this.gatherMs, onPackets);
    this.#onReadError = options.onReadError ?? (() => {});
  }

  start(raw: RawSocket): void {
    this.#raw = raw;
    this.address = raw.address;
  }

  stats(): DgramStats {
    return {
      receivedPackets: this.#receivedPackets,
      receivedBytes: this.#receivedBytes,
      droppedByQueue: this.#droppedByQueue,
      truncated: this.#truncated,
      readErrors: this.#readErrors,
      queuedPackets: this.#queue.length,
      lastPacketBytes: this.#lastPacketBytes,
    };
  }

  async kernelDrops(): Promise<number | undefined> {
    // The count dies with the socket.
    if (this.#closing === undefined) this.#kernelDrops = await this.#raw?.kernelDrops();
    return this.#kernelDrops;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#kernelDrops = await this.#raw?.kernelDrops();
    await this.#raw?.close();
    await this.#queue.drain();
  }

  isWelcome(length: number): boolean {
    this.#receivedPackets++;
    this.#receivedBytes += length;
    this.#lastPacketBytes = length;
    if (length <= this.maxPacketBytes) return true;
    this.#truncated++;
    return false;
  }

  packet(packet: Uint8Array, sender: DgramSender): void {
    if (!this.#queue.push(packet, sender)) this.#droppedByQueue++;
  }

  batch(packets: readonly Uint8Array[], senderOf: (index: number) => DgramSender): void {
    if (this.#queue.handOver(packets, senderOf)) return;
    for (const [index, packet] of packets.entries()) this.packet(new Uint8Array(packet), senderOf(index));
  }

  readFailed(error: Error): void {
    this.#readErrors++;
    this.#onReadError(error);
  }
}
