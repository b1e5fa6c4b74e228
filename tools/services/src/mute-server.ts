import { type AddressInfo, createServer, type Socket } from "node:net";

export interface MuteServer {
  /** `host:port`. */
  readonly address: string;
  /** How many connections are open. */
  connections(): number;
  close(): Promise<void>;
}

/** Takes connections and what comes over them, and never answers: for tests of those who wait. */
export async function startMuteServer(): Promise<MuteServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.size,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
