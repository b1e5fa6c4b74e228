import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";

/** The ports of the daemons, each with the environment variable that moves it. */
export const PORT_VARIABLES = {
  collectorGrpc: "COLLECTOR_GRPC_SERVER_HOST_PORT",
  collectorHttp: "COLLECTOR_HTTP_SERVER_HOST_PORT",
  zipkin: "COLLECTOR_ZIPKIN_HOST_PORT",
  otlpGrpc: "COLLECTOR_OTLP_GRPC_HOST_PORT",
  otlpHttp: "COLLECTOR_OTLP_HTTP_HOST_PORT",
  queryHttp: "QUERY_HTTP_SERVER_HOST_PORT",
  queryGrpc: "QUERY_GRPC_SERVER_HOST_PORT",
  storageGrpc: "GRPC_HOST_PORT",
  admin: "ADMIN_HTTP_HOST_PORT",
  agentZipkin: "PROCESSOR_ZIPKIN_COMPACT_SERVER_HOST_PORT",
  agentCompact: "PROCESSOR_JAEGER_COMPACT_SERVER_HOST_PORT",
  agentBinary: "PROCESSOR_JAEGER_BINARY_SERVER_HOST_PORT",
  agentHttp: "HTTP_SERVER_HOST_PORT",
} as const;

export type PortName = keyof typeof PORT_VARIABLES;
export type Ports = Readonly<Record<PortName, number>>;

const UDP: ReadonlySet<PortName> = new Set(["agentZipkin", "agentCompact", "agentBinary"]);

/** A free port for each name. They are all held at once while being chosen, so no two are the same. */
export async function freePorts(): Promise<Ports> {
  const names = Object.keys(PORT_VARIABLES) as PortName[];
  const held = await Promise.all(names.map((name) => (UDP.has(name) ? holdUdp() : holdTcp())));
  await Promise.all(held.map((port) => port.release()));
  return Object.fromEntries(names.map((name, i) => [name, held[i]?.port])) as Record<PortName, number>;
}

interface HeldPort {
  readonly port: number;
  release(): Promise<unknown>;
}

async function holdTcp(): Promise<HeldPort> {
  const server = net.createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return { port, release: () => new Promise((resolve) => server.close(resolve)) };
}

async function holdUdp(): Promise<HeldPort> {
  const socket = dgram.createSocket("udp6").bind(0);
  await once(socket, "listening");
  return { port: socket.address().port, release: () => new Promise<void>((resolve) => socket.close(resolve)) };
}
