import type { DgramSocket, DgramStats } from "@spoor/dgram-batch";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { ClientStats } from "./client-stats.ts";

/** One UDP port as the metrics see it. */
export interface UdpSource {
  readonly labels: { readonly protocol: string; readonly model: string };
  readonly socket: DgramSocket;
  /** Datagrams that could not be decoded or handed on. */
  handlerErrors: number;
}

interface Tracked {
  readonly source: UdpSource;
  last: Pick<DgramStats, "receivedPackets" | "droppedByQueue" | "readErrors"> & {
    handlerErrors: number;
    kernelDrops: number;
  };
}

const LABELS = ["protocol", "model"] as const;
type Label = (typeof LABELS)[number];
const PREFIX = "jaeger_agent_thrift_udp_";

const registered = new WeakMap<Registry, UdpMetrics>();

/**
 * v1's metrics of an agent's UDP ports. The ports count for themselves; a scrape carries their counts over, so that a datagram
 * costs nothing here. Ports of one registry share the metrics, and what is known of clients.
 */
export class UdpMetrics {
  readonly clientStats: ClientStats;
  readonly #tracked = new Set<Tracked>();
  readonly #counters: Readonly<
    Record<"processed" | "dropped" | "readErrors" | "handlerErrors" | "kernelDrops", Counter<Label>>
  >;
  readonly #gauges: Readonly<Record<"queueSize" | "packetSize", Gauge<Label>>>;
  readonly #closeTime: Histogram<Label>;

  static of(registry: Registry): UdpMetrics {
    const found = registered.get(registry) ?? new UdpMetrics(registry);
    registered.set(registry, found);
    return found;
  }

  private constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string): Counter<Label> =>
      new Counter({ name, help, labelNames: LABELS, registers });
    const gauge = (name: string, help: string): Gauge<Label> =>
      new Gauge({ name, help, labelNames: LABELS, registers });
    this.#counters = {
      // A scrape asks every metric to collect; the first of them does it for all.
      processed: new Counter({
        name: `${PREFIX}server_packets_processed_total`,
        help: "Datagrams taken from the socket",
        labelNames: LABELS,
        registers,
        collect: () => this.#collect(),
      }),
      dropped: counter(`${PREFIX}server_packets_dropped_total`, "Datagrams dropped since the queue was full"),
      readErrors: counter(`${PREFIX}server_read_errors_total`, "Reads from the socket that failed"),
      handlerErrors: counter(
        `${PREFIX}t_processor_handler_errors_total`,
        "Datagrams that could not be decoded or handed on",
      ),
      kernelDrops: counter(
        "spoor_udp_kernel_dropped_packets_total",
        "Datagrams the kernel dropped before they were read",
      ),
    };
    this.#gauges = {
      queueSize: gauge(`${PREFIX}server_queue_size`, "Datagrams waiting for a worker"),
      packetSize: gauge(`${PREFIX}server_packet_size`, "Bytes of the last datagram"),
    };
    this.#closeTime = new Histogram({
      name: `${PREFIX}t_processor_close_time`,
      help: "Seconds from the request to stop until the last datagram was handed on",
      labelNames: LABELS,
      registers,
    });
    this.clientStats = new ClientStats(clientCounters(registers, () => this.clientStats.connectedClients));
  }

  /** Counts a port until the returned function is called, which carries its last counts over. */
  track(source: UdpSource): () => Promise<void> {
    const tracked: Tracked = {
      source,
      last: { receivedPackets: 0, droppedByQueue: 0, readErrors: 0, handlerErrors: 0, kernelDrops: 0 },
    };
    this.#tracked.add(tracked);
    for (const metric of Object.values(this.#counters)) metric.inc(source.labels, 0);
    this.#closeTime.zero(source.labels);
    return async () => {
      await this.#update(tracked);
      this.#tracked.delete(tracked);
    };
  }

  closed(source: UdpSource, seconds: number): void {
    this.#closeTime.observe(source.labels, seconds);
  }

  async #collect(): Promise<void> {
    await Promise.all([...this.#tracked].map((tracked) => this.#update(tracked)));
  }

  async #update(tracked: Tracked): Promise<void> {
    const { source } = tracked;
    const { labels, socket } = source;
    const kernelDrops = (await socket.kernelDrops()) ?? tracked.last.kernelDrops;
    const stats = socket.stats();
    const now = { ...stats, handlerErrors: source.handlerErrors, kernelDrops };
    const { last } = tracked;
    tracked.last = now;
    const counters = this.#counters;
    counters.processed.inc(
      labels,
      now.receivedPackets - now.droppedByQueue - (last.receivedPackets - last.droppedByQueue),
    );
    counters.dropped.inc(labels, now.droppedByQueue - last.droppedByQueue);
    counters.readErrors.inc(labels, now.readErrors - last.readErrors);
    counters.handlerErrors.inc(labels, now.handlerErrors - last.handlerErrors);
    counters.kernelDrops.inc(labels, Math.max(0, now.kernelDrops - last.kernelDrops));
    this.#gauges.queueSize.set(labels, stats.queuedPackets);
    this.#gauges.packetSize.set(labels, stats.lastPacketBytes);
  }
}

function clientCounters(registers: Registry[], connected: () => number) {
  const received = new Counter({
    name: "jaeger_agent_client_stats_batches_received_total",
    help: "Batches that came from clients",
    registers,
  });
  const sent = new Counter({
    name: "jaeger_agent_client_stats_batches_sent_total",
    help: "Batches that clients say they sent",
    registers,
  });
  const dropped = new Counter({
    name: "jaeger_agent_client_stats_spans_dropped_total",
    help: "Spans that clients say they dropped",
    labelNames: ["cause"],
    registers,
  });
  for (const cause of ["full-queue", "send-failure", "too-large"]) dropped.inc({ cause }, 0);
  new Gauge({
    name: "jaeger_agent_client_stats_connected_clients",
    help: "Clients heard of in the last hour",
    registers,
    collect() {
      this.set(connected());
    },
  });
  return {
    batchReceived: () => received.inc(),
    batchesSent: (count: number) => sent.inc(count),
    spansDropped: (cause: string, count: number) => dropped.inc({ cause }, count),
  };
}
