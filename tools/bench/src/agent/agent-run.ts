import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Daemon } from "@spoor/test-harness";
import { processUsage } from "../process-usage.ts";
import { readMetric, startOnFirstCore } from "../server.ts";
import { offer, packets, SPANS_PER_PACKET } from "../udp-load.ts";

export interface AgentResult {
  readonly agent: string;
  readonly spansPerSecondOffered: number;
  readonly offeredSpans: number;
  readonly forwardedSpans: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakRssMb: number;
  /** Datagrams that the agent had no room for, and those the kernel had none for. */
  readonly queueDrops: number;
  readonly kernelDrops: number;
}

export interface AgentRunOptions {
  readonly seconds: number;
  readonly rates: readonly number[];
  /** Another agent's binary, run as v1's is. */
  readonly v1Binary?: string;
  readonly nodeArgs: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly log: (result: AgentResult) => void;
}

const WARM_UP_RATE = 20_000;
const WARM_UP_SECONDS = 6;
const SETTLE_MS = 500;

/** One agent on the first core, offered each rate in turn over UDP compact, before a collector that costs it nothing. */
export async function runAgent(options: AgentRunOptions): Promise<readonly AgentResult[]> {
  const { v1Binary, seconds, nodeArgs, args = [], env = {} } = options;
  const sink = new Worker(new URL("./grpc-sink.worker.ts", import.meta.url));
  const [port] = (await once(sink, "message")) as [number];
  const agent = await startOnFirstCore("agent", {
    args: [`--reporter.grpc.host-port=127.0.0.1:${port}`, ...args],
    env: { GOMAXPROCS: "1", ...env },
    nodeArgs,
    ...(v1Binary === undefined ? {} : { executable: v1Binary }),
  });
  try {
    await offer(agent.ports.agentCompact, packets(WARM_UP_RATE * WARM_UP_SECONDS, 2), WARM_UP_RATE);
    const results: AgentResult[] = [];
    for (const [index, rate] of options.rates.entries()) {
      const load = packets(rate * seconds, index + 3);
      const forwardedBefore = await settled(agent);
      const dropsBefore = await drops(agent);
      const before = processUsage(agent.pid);
      await offer(agent.ports.agentCompact, load, rate);
      const forwarded = (await settled(agent)) - forwardedBefore;
      const after = processUsage(agent.pid);
      const dropsAfter = await drops(agent);
      const result: AgentResult = {
        agent: v1Binary === undefined ? "spoor" : "v1",
        spansPerSecondOffered: rate,
        offeredSpans: load.length * SPANS_PER_PACKET,
        forwardedSpans: forwarded,
        cpuSecondsPerMillion: ((after.cpuSeconds - before.cpuSeconds) / forwarded) * 1e6,
        peakRssMb: after.peakRssBytes / 1e6,
        queueDrops: dropsAfter.queue - dropsBefore.queue,
        kernelDrops: dropsAfter.kernel - dropsBefore.kernel,
      };
      options.log(result);
      results.push(result);
    }
    return results;
  } finally {
    await agent.stop();
    await sink.terminate();
  }
}

async function drops(agent: Daemon): Promise<{ readonly queue: number; readonly kernel: number }> {
  return {
    queue: await readMetric(agent, "jaeger_agent_thrift_udp_server_packets_dropped_total"),
    kernel: await readMetric(agent, "spoor_udp_kernel_dropped_packets_total"),
  };
}

/** Spans handed to the collector once the count stops moving. */
async function settled(agent: Daemon): Promise<number> {
  for (let last = -1; ; ) {
    const count = await readMetric(agent, "jaeger_agent_reporter_spans_submitted_total");
    if (count === last) return count;
    last = count;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
}
