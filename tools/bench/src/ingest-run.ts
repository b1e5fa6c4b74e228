import { DEFAULT_LOAD, type LoadOptions, sendLoad } from "./load.ts";
import { percentile } from "./percentile.ts";
import { processUsage } from "./process-usage.ts";
import type { Protocol } from "./protocols.ts";
import { readMetric, type StorageName, startServer } from "./server.ts";

export interface IngestResult {
  readonly storage: StorageName;
  readonly protocol: string;
  /** Spans that were stored. */
  readonly spans: number;
  /** Spans that were sent, where not every one is acknowledged (UDP). */
  readonly offeredSpans?: number;
  /** User and system time of the whole server process for a million stored spans. */
  readonly cpuSecondsPerMillion: number;
  readonly spansPerSecond: number;
  readonly peakRssMb: number;
  readonly bytesPerSpan: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const WARM_UP_SPANS = 30_000;

/** One fresh server, one protocol, one store: sends, waits until all is stored, and reads what the server used. */
export async function runIngest(storage: StorageName, protocol: Protocol, spans: number): Promise<IngestResult> {
  const server = await startServer({ storage });
  try {
    const { daemon } = server;
    const load: LoadOptions = { ...DEFAULT_LOAD, spans };
    await sendLoad(daemon, protocol, { ...load, spans: WARM_UP_SPANS, seed: 2 });
    const before = processUsage(daemon.pid);
    const storedBefore = await readMetric(daemon, "spoor_ledger_spans_total", 'state="stored"');
    const sent = await sendLoad(daemon, protocol, load);
    const stored = (await readMetric(daemon, "spoor_ledger_spans_total", 'state="stored"')) - storedBefore;
    const after = processUsage(daemon.pid);
    if (stored !== spans) throw new Error(`${spans} spans acknowledged, ${stored} counted as stored`);
    return {
      storage,
      protocol: protocol.name,
      spans,
      cpuSecondsPerMillion: ((after.cpuSeconds - before.cpuSeconds) / spans) * 1e6,
      spansPerSecond: spans / sent.seconds,
      peakRssMb: after.peakRssBytes / 1e6,
      bytesPerSpan: sent.bytesPerSpan,
      p50Ms: percentile(sent.requestMs, 0.5),
      p99Ms: percentile(sent.requestMs, 0.99),
    };
  } finally {
    await server.stop();
  }
}
