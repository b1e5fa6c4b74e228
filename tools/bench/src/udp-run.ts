import type { Daemon } from "@spoor/test-harness";
import type { IngestResult } from "./ingest-run.ts";
import { processUsage } from "./process-usage.ts";
import { readMetric, type StorageName, startServer } from "./server.ts";
import { offer, packets, SPANS_PER_PACKET } from "./udp-load.ts";

export const UDP_NAME = "udp-compact";
const SETTLE_MS = 500;

/** Offers spans over UDP at a steady rate; what was lost on the way shows in `spans` against what was asked for. */
export async function runUdp(storage: StorageName, spans: number, spansPerSecond: number): Promise<IngestResult> {
  const server = await startServer({ storage });
  try {
    const { daemon } = server;
    await offer(daemon.ports.agentCompact, packets(spansPerSecond, 2), spansPerSecond);
    await settled(daemon);
    const load = packets(spans, 1);
    const storedBefore = await settled(daemon);
    const before = processUsage(daemon.pid);
    const seconds = await offer(daemon.ports.agentCompact, load, spansPerSecond);
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

/** Stored spans once the count stops moving. */
async function settled(daemon: Daemon): Promise<number> {
  for (let last = -1; ; ) {
    const stored = await readMetric(daemon, "spoor_ledger_spans_total", 'state="stored"');
    if (stored === last) return stored;
    last = stored;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
}
