import { GrpcClient } from "@spoor/grpc-testkit";
import { pino } from "pino";
import type { GrpcServer, GrpcServerOptions } from "../server.ts";
import { startGrpcServer } from "../server.ts";

const cleanups: (() => Promise<void>)[] = [];

/** A server on a free port of the loopback and a client of it; {@link closeStarted} ends both. For tests. */
export async function start(
  options: Pick<GrpcServerOptions, "services"> & Partial<GrpcServerOptions>,
): Promise<{ readonly server: GrpcServer; readonly client: GrpcClient }> {
  const server = await startGrpcServer({ host: "127.0.0.1", port: 0, logger: pino({ level: "silent" }), ...options });
  cleanups.push(() => server.close());
  return { server, client: connect(server) };
}

/** One more client. */
export function connect(server: GrpcServer): GrpcClient {
  const client = new GrpcClient(server.address.port);
  cleanups.push(() => client.close());
  return client;
}

/** For a test's end; clients first. */
export async function closeStarted(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}
