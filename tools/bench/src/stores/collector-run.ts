import { setTimeout as sleep } from "node:timers/promises";
import type { Daemon } from "@spoor/test-harness";
import { DEFAULT_LOAD, type LoadOptions, sendLoad } from "../load.ts";
import { percentile } from "../percentile.ts";
import { type ProcessUsage, processUsage } from "../process-usage.ts";
import type { Protocol } from "../protocols.ts";
import { readMetrics, startOnFirstCore, sumOfMetric } from "../server.ts";
import { type BackingStore, countsSince, type ServerCounts } from "./backing-store.ts";

export interface CollectorRunOptions {
  readonly store: BackingStore;
  readonly protocol: Protocol;
  readonly spans: number;
  /** Spans sent as fast as they are acknowledged before ours is measured: until code is compiled and names are cached. */
  readonly warmUpSpans: number;
  /** Offered rate, at which both collectors then run for 40 s unmeasured; default: as fast as the collector acknowledges. */
  readonly spansPerSecond?: number;
  /** A Jaeger v1 collector to run in place of ours. */
  readonly v1Binary?: string;
  /** Further environment of the v1 collector. */
  readonly v1Env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

export interface CollectorResult {
  readonly storage: string;
  readonly version: string;
  readonly collector: "spoor" | "v1";
  readonly protocol: string;
  readonly offeredSpans: number;
  /** Spans that the collector's metrics call saved. */
  readonly savedSpans: number;
  /** User and system time of the collector alone, for a million saved spans. */
  readonly cpuSecondsPerMillion: number;
  /** Saved spans by the time until the server had them. */
  readonly spansPerSecond: number;
  readonly peakRssMb: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Rows (Cassandra) or bulk requests (Elasticsearch) for a span, as the collector's own metrics count them. */
  readonly collectorWritesPerSpan: ServerCounts;
  /** What the server did for a span. */
  readonly serverWritesPerSpan: ServerCounts;
}

/** What is done for a span a while after it is stored, such as counting calls, is done for as many spans as are sent from here on. */
const STEADY_MS = 40_000;
/** Of a collector that needs no time to be compiled, and drops what it is sent too fast: at the rate of the run itself. */
const V1_WARM_UP_SPANS = 10_000;
const SETTLE_MS = 250;
/** A collector that acknowledges before it writes sends the last part of a bulk after a pause. */
const QUIET_MS = 1500;
const SAVED = "jaeger_collector_spans_saved_by_svc_total";
const WRITES = ["jaeger_storage_inserts_total", "jaeger_storage_bulk_index_inserts_total"];

/** One fresh collector, one protocol, one running store: sends, waits until nothing moves, and reads what the collector used. */
export async function runCollector(options: CollectorRunOptions): Promise<CollectorResult> {
  const { store, protocol, spans, v1Binary } = options;
  const daemon = await startOnFirstCore("collector", {
    env: {
      ...store.env,
      OTEL_TRACES_SAMPLER: "always_off",
      GOMAXPROCS: "1",
      ...(v1Binary === undefined ? {} : options.v1Env),
    },
    ...(v1Binary === undefined ? {} : { executable: v1Binary }),
    ...(options.nodeArgs === undefined ? {} : { nodeArgs: options.nodeArgs }),
    readyTimeoutMs: 60_000,
  });
  try {
    const pace = options.spansPerSecond === undefined ? {} : { spansPerSecond: options.spansPerSecond };
    const load = { ...DEFAULT_LOAD, ...pace, spans, seed: Math.floor(Math.random() * 1e6) };
    await sendLoad(daemon, protocol, warmUp(load, options));
    const { spansPerSecond } = options;
    if (spansPerSecond !== undefined) {
      const steady = Math.ceil((spansPerSecond * STEADY_MS) / 1000);
      await sendLoad(daemon, protocol, { ...load, seed: load.seed + 2, spans: steady });
    }
    const before = { ...(await settled(daemon, store)), usage: processUsage(daemon.pid) };
    const started = performance.now();
    const sent = await sendLoad(daemon, protocol, load);
    const after = await settled(daemon, store);
    const saved = after.saved - before.saved;
    const perSpan = (counts: ServerCounts) =>
      Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / saved]));
    return {
      storage: store.name,
      version: store.version,
      collector: v1Binary === undefined ? "spoor" : "v1",
      protocol: protocol.name,
      offeredSpans: spans,
      savedSpans: saved,
      cpuSecondsPerMillion: ((after.usage.cpuSeconds - before.usage.cpuSeconds) / saved) * 1e6,
      spansPerSecond: (saved / (after.movedAtMs - started)) * 1000,
      peakRssMb: after.usage.peakRssBytes / 1e6,
      p50Ms: percentile(sent.requestMs, 0.5),
      p99Ms: percentile(sent.requestMs, 0.99),
      collectorWritesPerSpan: perSpan(countsSince(before.writes, after.writes)),
      serverWritesPerSpan: perSpan(countsSince(before.server, after.server)),
    };
  } finally {
    await daemon.stop();
  }
}

function warmUp(load: LoadOptions, { v1Binary, warmUpSpans }: CollectorRunOptions): LoadOptions {
  const seed = load.seed + 1;
  if (v1Binary !== undefined) return { ...load, seed, spans: Math.min(V1_WARM_UP_SPANS, load.spans) };
  const { spansPerSecond: _, ...unpaced } = load;
  return { ...unpaced, seed, spans: warmUpSpans };
}

interface Progress {
  /** What the collector had used when a count was first seen where it stayed: being asked for counts is no part of its work. */
  readonly usage: ProcessUsage;
  readonly saved: number;
  readonly writes: ServerCounts;
  readonly server: ServerCounts;
  /** When a count last moved. */
  readonly movedAtMs: number;
}

/** The counts of collector and server once none of them has moved for a while. */
async function settled(daemon: Daemon, store: BackingStore): Promise<Progress> {
  let last = "";
  let movedAtMs = performance.now();
  let usage = processUsage(daemon.pid);
  for (;;) {
    const current = processUsage(daemon.pid);
    const text = await readMetrics(daemon);
    const saved = sumOfMetric(text, SAVED, 'result="ok"');
    const writes = writesIn(text);
    const server = await store.counts();
    const { requests: _, ...moving } = server;
    const now = JSON.stringify([saved, writes, moving]);
    if (now !== last) {
      movedAtMs = performance.now();
      usage = current;
    } else if (performance.now() - movedAtMs > QUIET_MS) return { usage, saved, writes, server, movedAtMs };
    last = now;
    await sleep(SETTLE_MS);
  }
}

/** The collector's counts of stored rows by table, or of answered bulk requests; both collectors use the same names. */
function writesIn(text: string): ServerCounts {
  const counts: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const name = WRITES.find((each) => line.startsWith(`${each}{`));
    if (name === undefined) continue;
    const table = /table="([^"]*)"/.exec(line)?.[1];
    const label = table === undefined ? "bulk requests" : `rows of ${table}`;
    counts[label] = (counts[label] ?? 0) + Number(line.slice(line.lastIndexOf(" ") + 1));
  }
  return counts;
}
