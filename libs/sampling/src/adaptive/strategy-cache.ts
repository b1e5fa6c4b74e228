import type { OperationProbability } from "@spoor/storage-api";
import type { SamplingStrategy } from "../strategy.ts";
import { OperationMap } from "./operation-map.ts";
import type { AdaptiveOptions } from "./options.ts";

/** Services that asked but are not learned yet; names are made up by clients. */
const MAX_ASKED = 10_000;

/** The strategies that are given out, and what was given out for an operation. */
export class StrategyCache {
  readonly #options: Pick<AdaptiveOptions, "initialSamplingProbability" | "minSamplesPerSecond">;
  readonly #asked = new Set<string>();
  #probabilities = new OperationMap<number>();

  constructor(options: Pick<AdaptiveOptions, "initialSamplingProbability" | "minSamplesPerSecond">) {
    this.#options = options;
  }

  publish(probabilities: readonly OperationProbability[]): void {
    const published = new OperationMap<number>();
    for (const { serviceName, operationName, probability } of probabilities) {
      if (probability > 0 && probability <= 1) published.set(serviceName, operationName, probability);
    }
    this.#probabilities = published;
  }

  /** As v1 answers: per operation only, `initialSamplingProbability` for those not known. */
  strategyOf(service: string): SamplingStrategy {
    const operations = this.#probabilities.of(service);
    if (operations === undefined && this.#asked.size < MAX_ASKED) this.#asked.add(service);
    const { initialSamplingProbability, minSamplesPerSecond } = this.#options;
    return {
      type: "operations",
      operationSampling: {
        defaultSamplingProbability: initialSamplingProbability,
        defaultLowerBoundTracesPerSecond: minSamplesPerSecond,
        defaultUpperBoundTracesPerSecond: 0,
        perOperationStrategies: [...(operations ?? [])].map(([operation, samplingRate]) => ({
          operation,
          samplingRate,
        })),
      },
    };
  }

  /** What clients sample the operation with, if the service is one that asks; `undefined` otherwise. */
  servedProbability(service: string, operation: string): number | undefined {
    if (this.#probabilities.of(service) === undefined && !this.#asked.has(service)) return undefined;
    return this.#probabilities.get(service, operation) ?? this.#options.initialSamplingProbability;
  }
}
