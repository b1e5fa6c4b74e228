import dgram from "node:dgram";
import { once } from "node:events";
import type { Daemon } from "@spoor/test-harness";
import { encodeCompactDatagram } from "./encode/thrift.ts";
import type { IngestResult } from "./ingest-run.ts";
import { processUsage } from "./process-usage.ts";
import { readMetric, type StorageName, startServer } from "./server.ts";
import { Workload } from "./workload.ts";

export const UDP_NAME = "udp-compact";
const SPANS_PER_PACKET = 20;
const TICK_MS = 5;
const SETTLE_MS = 500;

/** Offers spans over UDP at a steady rate; what was lost on the way shows in `spans` against what was asked for. */
export async function runUdp(storage: StorageName, spans: number, spansPerSecond: number): Promise<IngestResult> {
  const server = await startServer({ storage });
  try {
    const { daemon } = server;
    await offer(daemon, packets(spansPerSecond, 2), spansPerSecond);
    await settled(daemon);
    const load = packets(spans, 1);
    const storedBefore = await settled(daemon);
    const before = processUsage(daemon.pid);
    const seconds = await offer(daemon, load, spansPerSecond);
    const stored = (await settled(daemon)) - storedBefore;
    const after = processUsage(daemon.pid);
    const bytes = load.reduce((sum, packet) => sum + packet.length, 0);
    return {
      storage,
      protocol: UDP_NAME,
      spans: stored,
      offeredSpans: load.length * SPANS_PER_PACKET,
      cpuSecondsPerMillion: ((after.cpuSeconds - before.cpuSeconds) / stored) * 1e6,
      spansPerSecond: stored / seconds,
      peakRssMb: after.peakRssBytes / 1e6,
      bytesPerSpan: bytes / (load.length * SPANS_PER_PACKET),
      p50Ms: Number.NaN,
      p99Ms: Number.NaN,
    };
  } finally {
    await server.stop();
  }
}

/** Encoded before the clock starts: encoding costs more than sending. */
function packets(spans: number, seed: number): Buffer[] {
  const startNs = BigInt(Date.now()) * 1_000_000n;
  return Array.from({ length: Math.ceil(spans / SPANS_PER_PACKET) }, (_, index) => {
    const workload = new Workload({
      spansPerBatch: SPANS_PER_PACKET,
      spansPerTrace: 10,
      services: 20,
      seed: seed * 1_000_003 + index,
      startNs,
      spreadNs: 1e9,
      nonce: index,
    });
    return encodeCompactDatagram(workload.next(index));
  });
}

async function offer(daemon: Daemon, load: readonly Buffer[], spansPerSecond: number): Promise<number> {
  const socket = dgram.createSocket("udp4");
  socket.connect(daemon.ports.agentCompact, "127.0.0.1");
  await once(socket, "connect");
  const packetsPerMs = spansPerSecond / SPANS_PER_PACKET / 1000;
  const start = performance.now();
  for (let sent = 0; sent < load.length; ) {
    const due = Math.min(load.length, Math.ceil((performance.now() - start) * packetsPerMs));
    for (; sent < due; sent++) socket.send(load[sent] as Buffer);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const seconds = (performance.now() - start) / 1000;
  await new Promise<void>((resolve) => socket.close(resolve));
  return seconds;
}

/** Stored spans once the count stops moving. */
async function settled(daemon: Daemon): Promise<number> {
  for (let last = -1; ; ) {
    const stored = await readMetric(daemon, "spoor_ledger_spans_total", 'state="stored"');
    if (stored === last) return stored;
    last = stored;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
}
