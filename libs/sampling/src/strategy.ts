/** The probability of one operation; the only kind of sampler clients have per operation. */
export interface OperationStrategy {
  readonly operation: string;
  readonly samplingRate: number;
}

export interface PerOperationStrategies {
  readonly defaultSamplingProbability: number;
  readonly defaultLowerBoundTracesPerSecond: number;
  readonly defaultUpperBoundTracesPerSecond: number;
  readonly perOperationStrategies: readonly OperationStrategy[];
}

/** What a client is told to sample (`jaeger.api_v2.SamplingStrategyResponse`). */
export type SamplingStrategy = {
  readonly operationSampling?: PerOperationStrategies;
} & (
  | { readonly type: "probabilistic"; readonly samplingRate: number }
  | { readonly type: "ratelimiting"; readonly maxTracesPerSecond: number }
  /** Only per operation, as adaptive sampling answers. */
  | { readonly type: "operations" }
);

/** Where strategies come from: a file here, a collector behind an agent, a learner. */
export interface StrategyProvider {
  /** The strategy of a service; an unknown or empty name gets the default. Rejects when the source cannot answer. */
  getStrategy(service: string, options?: { readonly signal?: AbortSignal }): Promise<SamplingStrategy>;
  /** Stops reloads and releases what the provider holds. */
  close(): Promise<void>;
}
