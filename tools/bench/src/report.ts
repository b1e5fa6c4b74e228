import type { AgentResult } from "./agent/agent-run.ts";
import type { IngestResult } from "./ingest-run.ts";
import type { QueryResult } from "./query-run.ts";
import type { ServerCounts } from "./stores/backing-store.ts";
import type { CollectorResult } from "./stores/collector-run.ts";
import { table } from "./table.ts";
import type { WorkersResult } from "./workers/workers-run.ts";

export function printIngest(results: readonly IngestResult[]): string {
  const rows = results.map((item) => [
    `${item.storage} ${item.protocol}`,
    item.cpuSecondsPerMillion,
    item.spansPerSecond,
    item.peakRssMb,
    item.bytesPerSpan,
    item.p50Ms,
    item.p99Ms,
    item.offeredSpans === undefined ? "-" : lost(item.offeredSpans, item.spans),
  ]);
  return table(["ingest", "CPU s/M spans", "spans/s", "peak RSS MB", "B/span", "p50 ms", "p99 ms", "lost"], rows);
}

export function printAgents(results: readonly AgentResult[]): string {
  const rows = results.map((item) => [
    `${item.agent} at ${item.spansPerSecondOffered} spans/s`,
    item.cpuSecondsPerMillion,
    item.peakRssMb,
    item.queueDrops,
    item.kernelDrops,
    lost(item.offeredSpans, item.forwardedSpans),
  ]);
  return table(["agent", "CPU s/M spans", "peak RSS MB", "dropped: queue", "kernel", "lost"], rows);
}

/** With the throughput of each against that of the fewest workers over the same protocol, on cores of their own. */
export function printWorkers(results: readonly WorkersResult[]): string {
  const rows = results.map((item) => {
    const fewest = results.find(({ protocol }) => protocol === item.protocol) ?? item;
    return [
      `${item.workers} over ${item.protocol}, ${item.connections} connections`,
      item.spansPerSecond,
      item.serverCpuSecondsPerMillion,
      item.senderCpuSecondsPerMillion,
      percent(item.idleShare),
      percent(item.otherShare),
      item.workerShares.map((share) => Math.round(share * 100)).join(":") || "-",
      item.spansPerSecondAlone,
      item.spansPerSecondAlone / fewest.spansPerSecondAlone,
    ];
  });
  return table(
    ["workers", "spans/s", "CPU s/M spans", "sender's", "idle", "other", "shares", "spans/s alone", "times"],
    rows,
  );
}

/** The runs, then the writes for a span of each kind of run. */
export function printCollectors(results: readonly CollectorResult[]): string {
  const rows = results.map((item) => [
    nameOf(item),
    item.cpuSecondsPerMillion,
    item.spansPerSecond,
    item.peakRssMb,
    item.p50Ms,
    item.p99Ms,
    lost(item.offeredSpans, item.savedSpans),
  ]);
  const lines = [
    table(["collector", "CPU s/M spans", "spans/s", "peak RSS MB", "p50 ms", "p99 ms", "not saved"], rows),
  ];
  for (const item of new Map(results.map((each) => [nameOf(each), each])).values())
    lines.push(
      `\nwrites for a span, ${nameOf(item)}`,
      `  by the collector's metrics: ${counts(item.collectorWritesPerSpan)}`,
      `  by the server's:            ${counts(item.serverWritesPerSpan)}`,
    );
  return lines.join("\n");
}

export function printQueries(title: string, results: readonly QueryResult[]): string {
  const rows = results.map((item) => [item.query, item.p50Ms, item.p95Ms, item.cpuMs, item.bytes, item.extraRssMb]);
  return `\n${table([`query (${title})`, "p50 ms", "p95 ms", "CPU ms", "bytes", "extra RSS MB"], rows)}`;
}

function nameOf(item: CollectorResult): string {
  return `${item.collector} ${item.storage} ${item.version} ${item.protocol}`;
}

function lost(offered: number, stored: number): string {
  return percent(1 - stored / offered);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function counts(all: ServerCounts): string {
  const parts = Object.entries(all).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
  return parts.length === 0 ? "-" : parts.join(", ");
}
