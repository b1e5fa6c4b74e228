import { createSocket, type Socket, type SocketType } from "node:dgram";
import { once } from "node:events";
import type { DgramOptions, DgramSender, DgramSocket, DgramStats } from "./dgram-socket.ts";
import { DgramError } from "./errors.ts";
import { findSocketInode, readKernelDrops } from "./kernel-drops.ts";
import { PacketQueue } from "./packet-queue.ts";

const DEFAULT_MAX_PACKET_BYTES = 65_000;
const DEFAULT_MAX_QUEUED_PACKETS = 1_000;

/** Binds a UDP socket that hands datagrams over in batches. Rejects with `BIND_FAILED`. */
export async function bindDgram(options: DgramOptions): Promise<DgramSocket> {
  const { host } = options;
  if (host !== "") return open(host.includes(":") ? "udp6" : "udp4", host, options);
  try {
    return await open("udp6", "::", options);
  } catch (error) {
    const { code } = (error as DgramError).cause as NodeJS.ErrnoException;
    if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") throw error;
    return open("udp4", "0.0.0.0", options);
  }
}

async function open(type: SocketType, address: string, options: DgramOptions): Promise<DgramSocket> {
  const socket = createSocket({ type, reuseAddr: options.reuseAddress ?? false });
  const queued = new QueuedSocket(socket, options);
  try {
    const bound = once(socket, "listening");
    socket.bind({ address, port: options.port });
    await bound;
    if (options.receiveBufferBytes !== undefined && options.receiveBufferBytes > 0) {
      socket.setRecvBufferSize(options.receiveBufferBytes);
    }
  } catch (cause) {
    socket.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DgramError("BIND_FAILED", `cannot listen on UDP ${address}:${options.port}: ${reason}`, { cause });
  }
  await queued.start();
  return queued;
}

class QueuedSocket implements DgramSocket {
  readonly #socket: Socket;
  readonly #queue: PacketQueue;
  readonly #maxPacketBytes: number;
  readonly #onReadError: (error: Error) => void;
  #inode: string | undefined;
  #receivedPackets = 0;
  #receivedBytes = 0;
  #droppedByQueue = 0;
  #truncated = 0;
  #readErrors = 0;
  #lastPacketBytes = 0;
  #kernelDrops: number | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;
  address: DgramSocket["address"] = { host: "", port: 0 };

  constructor(socket: Socket, options: DgramOptions) {
    this.#socket = socket;
    this.#maxPacketBytes = options.maxPacketBytes ?? DEFAULT_MAX_PACKET_BYTES;
    this.#queue = new PacketQueue(options.maxQueuedPackets ?? DEFAULT_MAX_QUEUED_PACKETS, options.onPackets);
    this.#onReadError = options.onReadError ?? (() => {});
  }

  async start(): Promise<void> {
    const bound = this.#socket.address();
    this.address = { host: bound.address, port: bound.port };
    this.#socket.on("message", (packet, sender) => this.#onPacket(packet, sender));
    this.#socket.on("error", (error) => {
      this.#readErrors++;
      this.#onReadError(error);
    });
    this.#inode = await findSocketInode(bound.port, bound.family === "IPv6");
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
    if (this.#inode !== undefined && !this.#closed) {
      this.#kernelDrops = (await readKernelDrops(this.#inode)) ?? this.#kernelDrops;
    }
    return this.#kernelDrops;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // The count dies with the socket.
    await this.kernelDrops();
    this.#closed = true;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
    await this.#queue.drain();
  }

  #onPacket(packet: Buffer, sender: DgramSender): void {
    this.#receivedPackets++;
    this.#receivedBytes += packet.length;
    this.#lastPacketBytes = packet.length;
    if (packet.length > this.#maxPacketBytes) this.#truncated++;
    else if (!this.#queue.push(packet, sender)) this.#droppedByQueue++;
  }
}
