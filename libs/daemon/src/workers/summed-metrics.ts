import { AggregatorRegistry, type Registry } from "prom-client";
import type { MetricsSnapshot } from "./messages.ts";

type Metric = MetricsSnapshot[number];

/**
 * One metrics page of several processes: counters and histograms added up, gauges too unless they say otherwise (prom-client's
 * `aggregator`). What a process that has ended counted stays counted, since a sum that shrinks reads like a restart of the daemon.
 */
export class SummedMetrics {
  readonly #own: Registry;
  /** Counted by processes that have ended, as one snapshot; each joins those before it. */
  #ended: Promise<MetricsSnapshot> = Promise.resolve([]);

  constructor(own: Registry) {
    this.#own = own;
  }

  /** Keeps what a process that is gone had counted. */
  keep(last: MetricsSnapshot): void {
    const counted = last.filter(isCounted);
    this.#ended = this.#ended.then((ended) => sumOf([ended, counted]).getMetricsAsJSON());
  }

  /** The page, in Prometheus's text format. `workers`: one snapshot a living process. */
  async page(workers: readonly MetricsSnapshot[]): Promise<string> {
    const own: MetricsSnapshot = await this.#own.getMetricsAsJSON();
    const all = sumOf([own, ...workers, await this.#ended]);
    // What cannot be summed (since when the process runs) is the main process's own.
    const alone = own.filter((metric) => all.getSingleMetric(metric.name) === undefined).map(({ name }) => name);
    const texts = await Promise.all(alone.map((name) => this.#own.getSingleMetricAsString(name)));
    return [await all.metrics(), ...texts.map((text) => `${text}\n`)].join("\n");
  }
}

function sumOf(snapshots: readonly MetricsSnapshot[]): Registry {
  return AggregatorRegistry.aggregate(snapshots as Metric[][]);
}

/** Type names are words in snapshots, whatever prom-client's declarations say. */
function isCounted(metric: Metric): boolean {
  const type = String(metric.type);
  return type === "counter" || type === "histogram";
}
