import { connect, createServer, type Socket } from "node:net";

export interface ProxiedConnection {
  /** What the server sent on it so far. */
  readonly receivedBytes: number;
  cut(): void;
}

/** Passes bytes on to a server of this machine, and can cut connections. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that stand, oldest first. */
  readonly connections: readonly ProxiedConnection[];
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const connections: ProxiedConnection[] = [];
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    const connection: ProxiedConnection = {
      get receivedBytes() {
        return far.bytesRead;
      },
      cut() {
        near.destroy();
        far.destroy();
      },
    };
    connections.push(connection);
    const forget = () => {
      connection.cut();
      const place = connections.indexOf(connection);
      if (place >= 0) connections.splice(place, 1);
    };
    const pass = (from: Socket, to: Socket) => from.on("error", forget).on("close", forget).pipe(to);
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { readonly port: number }).port,
    connections,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of [...connections]) connection.cut();
      await closed;
    },
  };
}
