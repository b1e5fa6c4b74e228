import type { OperationProbability, Throughput } from "@spoor/storage-api";
import { OperationMap } from "./operation-map.ts";
import type { AdaptiveOptions } from "./options.ts";
import { probabilityText } from "./throughput-counter.ts";

/** A probability at most doubles in one step; it falls as far as it has to. */
const MAX_INCREASE = 2;
const MAX_PROBABILITY = 1;
const EPSILON = 1e-10;
/** Calculations after which an operation that is not seen any more is forgotten: a day of v1's minutes. */
const MAX_UNSEEN = 1440;

/** What all collectors saw in one interval. */
interface Bucket {
  readonly seconds: number;
  readonly operations: OperationMap<{ count: number; readonly probabilities: Set<string> }>;
}

interface Learned {
  readonly probability: number;
  /** Calculations since it was in the newest bucket. */
  readonly unseen: number;
}

/**
 * Leads every operation to the wished number of sampled root spans a second: jaegertracing/jaeger `adaptive/post_aggregator.go`.
 *
 * An operation that is not in the newest bucket keeps its probability, for a day of calculations: there is nothing new to learn from. (v1 applies
 * its last rate again and again, down to the smallest probability, and goes back to the initial one when it has left every bucket.)
 */
export class ProbabilityCalculator {
  readonly #options: AdaptiveOptions;
  /** Newest first. */
  #buckets: readonly Bucket[] = [];
  #learned = new OperationMap<Learned>();

  constructor(options: AdaptiveOptions) {
    this.#options = options;
  }

  /** Goes on from what was calculated last, here or by another collector. */
  restore(probabilities: readonly OperationProbability[]): void {
    for (const { serviceName, operationName, probability } of probabilities) {
      if (!(probability > 0 && probability <= MAX_PROBABILITY)) continue;
      this.#learned.set(serviceName, operationName, { probability, unseen: 0 });
    }
  }

  /** Adds an interval, the newest unless `isOldest`. */
  addBucket(throughput: readonly Throughput[], intervalMs: number, isOldest = false): void {
    const operations: Bucket["operations"] = new OperationMap();
    for (const { serviceName, operationName, count, probabilities } of throughput) {
      const sum = operations.get(serviceName, operationName);
      if (sum === undefined) {
        operations.set(serviceName, operationName, { count, probabilities: new Set(probabilities) });
      } else {
        sum.count += count;
        for (const probability of probabilities) sum.probabilities.add(probability);
      }
    }
    const bucket = { seconds: intervalMs / 1000, operations };
    const all = isOldest ? [...this.#buckets, bucket] : [bucket, ...this.#buckets];
    this.#buckets = all.slice(0, this.#options.aggregationBuckets);
  }

  /** The probabilities of all operations, from the buckets added so far. */
  calculate(): readonly OperationProbability[] {
    const latest = this.#buckets[0];
    if (latest === undefined) return [];
    const learned = new OperationMap<Learned>();
    const calculated: OperationProbability[] = [];
    for (const [serviceName, operationName, { probability, unseen }] of this.#learned.entries()) {
      if (unseen >= MAX_UNSEEN || latest.operations.get(serviceName, operationName) !== undefined) continue;
      learned.set(serviceName, operationName, { probability, unseen: unseen + 1 });
      calculated.push({ serviceName, operationName, probability, qps: 0 });
    }
    for (const [serviceName, operationName, { probabilities }] of latest.operations.entries()) {
      const qps = weightedMean(this.#rates(serviceName, operationName));
      const { initialSamplingProbability } = this.#options;
      const previous = this.#learned.get(serviceName, operationName)?.probability ?? initialSamplingProbability;
      // Whether the spans were sampled with the probability that was given out: a client that has not heard of it yet, or has a sampler of its
      // own, is no measure of it.
      const isInitial = Math.abs(previous - initialSamplingProbability) < EPSILON;
      const isUsed = isInitial || probabilities.has(probabilityText(previous));
      const probability = isUsed ? this.#next(previous, qps) : previous;
      learned.set(serviceName, operationName, { probability, unseen: 0 });
      calculated.push({ serviceName, operationName, probability, qps });
    }
    this.#learned = learned;
    return calculated;
  }

  /** Sampled root spans a second in the newest buckets that have the operation, newest first. */
  #rates(service: string, operation: string): readonly number[] {
    const rates: number[] = [];
    for (const { seconds, operations } of this.#buckets) {
      const seen = operations.get(service, operation);
      if (seen !== undefined && rates.push(seen.count / seconds) >= this.#options.bucketsForCalculation) break;
    }
    return rates;
  }

  #next(probability: number, qps: number): number {
    const { targetSamplesPerSecond, deltaTolerance, minSamplingProbability } = this.#options;
    if (Math.abs(qps - targetSamplesPerSecond) / targetSamplesPerSecond < deltaTolerance) return probability;
    const factor = qps < EPSILON ? MAX_INCREASE : Math.min(MAX_INCREASE, targetSamplesPerSecond / qps);
    return Math.min(MAX_PROBABILITY, Math.max(minSamplingProbability, probability * factor));
  }
}

/** Newer rates weigh more: the fourth power of their place, counted from the oldest. */
function weightedMean(newestFirst: readonly number[]): number {
  let sum = 0;
  let weights = 0;
  for (const [i, rate] of newestFirst.entries()) {
    const weight = (newestFirst.length - i) ** 4;
    sum += rate * weight;
    weights += weight;
  }
  return weights === 0 ? 0 : sum / weights;
}
