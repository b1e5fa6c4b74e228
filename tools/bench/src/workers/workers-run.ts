import { readFileSync } from "node:fs";
import { DEFAULT_LOAD, sendLoad } from "../load.ts";
import { idleSeconds, processUsage } from "../process-usage.ts";
import type { Protocol } from "../protocols.ts";
import { pinSelf, readMetric, startOnCores } from "../server.ts";

export interface WorkersResult {
  readonly protocol: string;
  readonly workers: number;
  readonly connections: number;
  readonly spans: number;
  readonly spansPerSecond: number;
  /** Of all processes of the collector, and of the load generator, for a million spans. */
  readonly serverCpuSecondsPerMillion: number;
  readonly senderCpuSecondsPerMillion: number;
  /** Share of the collector's cores' time in which they had nothing to do, and in which they did something else than it and its load. */
  readonly idleShare: number;
  readonly otherShare: number;
  /** What the collector would take on cores that nobody else uses, as idle as they were. */
  readonly spansPerSecondAlone: number;
  /** Each worker's share of the CPU time of all. */
  readonly workerShares: readonly number[];
}

export interface WorkersRunOptions {
  readonly protocol: Protocol;
  readonly workers: number;
  readonly spans: number;
  readonly connections: number;
}

const WARM_UP_SPANS = 100_000;
const REQUESTS_PER_CONNECTION = 4;

/**
 * A collector of several processes before the store that forgets, as fast as it acknowledges, on as many cores as it has workers. The load
 * generator is on the same cores, so that it is as much in the way of one worker as of each of several, and its time is taken off theirs.
 */
export async function runWorkers(options: WorkersRunOptions): Promise<WorkersResult> {
  const { protocol, workers, spans, connections } = options;
  pinSelf(0, workers - 1);
  const daemon = await startOnCores(workers, "collector", {
    args: [`--workers=${workers}`],
    env: { SPAN_STORAGE_TYPE: "blackhole", OTEL_TRACES_SAMPLER: "always_off" },
  });
  try {
    const load = {
      ...DEFAULT_LOAD,
      connections,
      inFlight: connections * REQUESTS_PER_CONNECTION,
      templateAgeMs: Number.POSITIVE_INFINITY,
    };
    await sendLoad(daemon, protocol, { ...load, spans: WARM_UP_SPANS * workers, seed: 2 });
    const children = childrenOf(daemon.pid);
    const cpuSeconds = (pids: readonly number[]) => pids.map((pid) => processUsage(pid).cpuSeconds);
    const stored = () => readMetric(daemon, "spoor_ledger_spans_total", 'state="stored"');
    const storedBefore = await stored();
    const idleBefore = idleSeconds(workers);
    const before = { own: process.cpuUsage(), main: cpuSeconds([daemon.pid]), children: cpuSeconds(children) };
    const { seconds } = await sendLoad(daemon, protocol, { ...load, spans });
    const own = process.cpuUsage(before.own);
    const idle = idleSeconds(workers) - idleBefore;
    const [main = 0] = since(before.main, cpuSeconds([daemon.pid]));
    const each = since(before.children, cpuSeconds(children));
    const counted = (await stored()) - storedBefore;
    if (counted !== spans) throw new Error(`${spans} spans acknowledged, ${counted} counted as stored`);
    const all = sum(each);
    const server = main + all;
    const sender = (own.user + own.system) / 1e6;
    const cores = workers * seconds;
    const other = cores - idle - server - sender;
    return {
      protocol: protocol.name,
      workers,
      connections,
      spans,
      spansPerSecond: spans / seconds,
      serverCpuSecondsPerMillion: (server / spans) * 1e6,
      senderCpuSecondsPerMillion: (sender / spans) * 1e6,
      idleShare: idle / cores,
      otherShare: other / cores,
      spansPerSecondAlone: (spans / (server + idle)) * workers,
      workerShares: each.map((seconds) => seconds / all),
    };
  } finally {
    await daemon.stop();
  }
}

/** Processes that a process started (Linux). */
function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

function since(before: readonly number[], after: readonly number[]): readonly number[] {
  return after.map((value, i) => value - (before[i] ?? 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
