import type { Throughput } from "@spoor/storage-api";
import { OperationMap } from "./operation-map.ts";

/** v1's bound of the probabilities that are told of one operation. */
const MAX_PROBABILITIES = 10;
/** Operation names are made up by clients: more than these in one interval are not learned. */
const MAX_OPERATIONS = 100_000;

interface Count {
  count: number;
  readonly probabilities: Set<string>;
}

/** A probability as collectors write it to each other: Go's `%.6f`. */
export function probabilityText(probability: number): string {
  return probability.toFixed(6);
}

/** Counts the root spans of one interval, by service and operation. */
export class ThroughputCounter {
  #counts = new OperationMap<Count>();

  /**
   * A root span sampled with `probability`. A lower bound sampler's span tells the probability but is not counted: it was sampled because
   * probability alone sampled nothing (jaegertracing/jaeger `adaptive/aggregator.go`).
   */
  add(service: string, operation: string, probability: number, isCounted: boolean): void {
    let count = this.#counts.get(service, operation);
    if (count === undefined) {
      if (this.#counts.size >= MAX_OPERATIONS) return;
      count = { count: 0, probabilities: new Set() };
      this.#counts.set(service, operation, count);
    }
    if (count.probabilities.size < MAX_PROBABILITIES) count.probabilities.add(probabilityText(probability));
    if (isCounted) count.count++;
  }

  /** What was counted since the last call. */
  take(): { readonly throughput: readonly Throughput[]; readonly services: number } {
    const counts = this.#counts;
    this.#counts = new OperationMap();
    const throughput = [...counts.entries()].map(([serviceName, operationName, { count, probabilities }]) => ({
      serviceName,
      operationName,
      count,
      probabilities: [...probabilities],
    }));
    return { throughput, services: counts.serviceCount };
  }
}
