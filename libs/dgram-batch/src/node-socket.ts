import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { DgramOptions } from "./dgram-socket.ts";
import { findSocketInode, readKernelDrops } from "./kernel-drops.ts";
import type { PacketSink, RawSocket } from "./raw-socket.ts";

/** A socket of `node:dgram`. Rejects with the system's error when it cannot be bound. */
export async function openNode(
  isIpv6: boolean,
  host: string,
  options: Pick<DgramOptions, "port" | "reuseAddress" | "receiveBufferBytes">,
  sink: PacketSink,
): Promise<RawSocket> {
  const { port, reuseAddress = false, receiveBufferBytes = 0 } = options;
  const socket = createSocket({ type: isIpv6 ? "udp6" : "udp4", reuseAddr: reuseAddress });
  try {
    const bound = once(socket, "listening");
    socket.bind({ address: host, port });
    await bound;
    if (receiveBufferBytes > 0) socket.setRecvBufferSize(receiveBufferBytes);
  } catch (error) {
    socket.close();
    throw error;
  }
  const address = socket.address();
  socket.on("message", (packet, sender) => {
    if (sink.isWelcome(packet.length)) sink.packet(packet, sender);
  });
  socket.on("error", (error) => sink.readFailed(error));
  const inode = await findSocketInode(address.port, isIpv6);
  let drops: number | undefined;
  return {
    address: { host: address.address, port: address.port },
    async kernelDrops() {
      if (inode !== undefined) drops = (await readKernelDrops(inode)) ?? drops;
      return drops;
    },
    async close() {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
