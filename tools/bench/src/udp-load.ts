import dgram from "node:dgram";
import { once } from "node:events";
import { encodeCompactDatagram } from "./encode/thrift.ts";
import { Workload } from "./workload.ts";

export const SPANS_PER_PACKET = 20;
const TICK_MS = 1;
/** After a pause of the sender's own it makes up for the time slowly enough for any socket's buffer. */
const MAX_BURST = 8;

/** As in life, a client sends the same process with every packet. */
const CLIENTS = 20;

/** Encoded before the clock starts: encoding costs more than sending. */
export function packets(spans: number, seed: number): Buffer[] {
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const batch = (index: number) =>
    new Workload({
      spansPerBatch: SPANS_PER_PACKET,
      spansPerTrace: 10,
      services: CLIENTS,
      seed: seed * 1_000_003 + index,
      startNs,
      spreadNs: 1e9,
      nonce: index,
    }).next(index);
  const clients = Array.from({ length: CLIENTS }, (_, index) => batch(index).process);
  return Array.from({ length: Math.ceil(spans / SPANS_PER_PACKET) }, (_, index) =>
    encodeCompactDatagram({ ...batch(index), process: clients[index % CLIENTS] as (typeof clients)[number] }),
  );
}

/** Sends the packets to a port of this machine at a steady rate; gives the seconds it took. */
export async function offer(port: number, load: readonly Buffer[], spansPerSecond: number): Promise<number> {
  const socket = dgram.createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  const packetsPerMs = spansPerSecond / SPANS_PER_PACKET / 1000;
  const start = performance.now();
  for (let sent = 0; sent < load.length; ) {
    const due = Math.min(load.length, sent + MAX_BURST, Math.ceil((performance.now() - start) * packetsPerMs));
    for (; sent < due; sent++) socket.send(load[sent] as Buffer);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const seconds = (performance.now() - start) / 1000;
  await new Promise<void>((resolve) => socket.close(resolve));
  return seconds;
}
