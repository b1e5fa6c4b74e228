import { SamplingError } from "../errors.ts";

/** The flags `sampling.*` of adaptive sampling, with v1's defaults in {@link ADAPTIVE_DEFAULTS}. */
export interface AdaptiveOptions {
  /** Sampled root spans a second that each operation is led to. */
  readonly targetSamplesPerSecond: number;
  /** How far from the target, as a share of it, is near enough. */
  readonly deltaTolerance: number;
  /** The newest buckets that a calculation looks at. */
  readonly bucketsForCalculation: number;
  readonly calculationIntervalMs: number;
  /** Buckets kept. */
  readonly aggregationBuckets: number;
  /** How long after an interval its throughput is read, so that every collector has written its own. */
  readonly delayMs: number;
  readonly initialSamplingProbability: number;
  readonly minSamplingProbability: number;
  /** The lower bound that clients are given: traces of an operation that is seldom called. */
  readonly minSamplesPerSecond: number;
  readonly leaderLeaseRefreshIntervalMs: number;
  readonly followerLeaseRefreshIntervalMs: number;
}

export const ADAPTIVE_DEFAULTS: AdaptiveOptions = {
  targetSamplesPerSecond: 1,
  deltaTolerance: 0.3,
  bucketsForCalculation: 1,
  calculationIntervalMs: 60_000,
  aggregationBuckets: 10,
  delayMs: 120_000,
  initialSamplingProbability: 0.001,
  minSamplingProbability: 1e-5,
  minSamplesPerSecond: 1 / 60,
  leaderLeaseRefreshIntervalMs: 5_000,
  followerLeaseRefreshIntervalMs: 60_000,
};

/** Throws a `SamplingError` with the code `INVALID_OPTIONS`, naming the flag. */
export function checkAdaptiveOptions(options: AdaptiveOptions): void {
  const { calculationIntervalMs, aggregationBuckets, bucketsForCalculation } = options;
  // v1's own words for these two.
  if (!(calculationIntervalMs > 0) || !(aggregationBuckets > 0)) {
    throw new SamplingError(
      "INVALID_OPTIONS",
      "CalculationInterval and AggregationBuckets must be greater than 0 (--sampling.calculation-interval, --sampling.aggregation-buckets)",
    );
  }
  if (!(bucketsForCalculation >= 1)) {
    throw new SamplingError(
      "INVALID_OPTIONS",
      "BucketsForCalculation cannot be less than 1 (--sampling.buckets-for-calculation)",
    );
  }
  requirePositive(options.targetSamplesPerSecond, "target-samples-per-second");
  requirePositive(options.leaderLeaseRefreshIntervalMs, "leader-lease-refresh-interval");
  requirePositive(options.followerLeaseRefreshIntervalMs, "follower-lease-refresh-interval");
  requireProbability(options.initialSamplingProbability, "initial-sampling-probability");
  requireProbability(options.minSamplingProbability, "min-sampling-probability");
}

function requirePositive(value: number, flag: string): void {
  if (!(value > 0)) throw new SamplingError("INVALID_OPTIONS", `--sampling.${flag} must be greater than 0`);
}

function requireProbability(value: number, flag: string): void {
  if (value > 0 && value <= 1) return;
  throw new SamplingError("INVALID_OPTIONS", `--sampling.${flag} ${value} is not between 0 and 1`);
}
