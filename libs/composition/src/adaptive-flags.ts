import type { FlagDefinition, FlagGroup, Settings } from "@spoor/daemon";
import { ADAPTIVE_DEFAULTS, type AdaptiveOptions } from "@spoor/sampling";

/** Flags of adaptive sampling (jaegertracing/jaeger `internal/sampling/samplingstrategy/adaptive/options.go`). */
export const ADAPTIVE_SAMPLING_FLAGS: FlagGroup = {
  title: "Adaptive sampling",
  flags: [
    float(
      "target-samples-per-second",
      ADAPTIVE_DEFAULTS.targetSamplesPerSecond,
      "The global target rate of samples per operation.",
    ),
    float(
      "delta-tolerance",
      ADAPTIVE_DEFAULTS.deltaTolerance,
      "The acceptable amount of deviation between the observed samples-per-second and the desired (target) samples-per-second, expressed as a ratio.",
    ),
    int(
      "buckets-for-calculation",
      ADAPTIVE_DEFAULTS.bucketsForCalculation,
      "This determines how much of the previous data is used in calculating the weighted QPS, ie. if BucketsForCalculation is 1, only the most recent data will be used in calculating the weighted QPS.",
    ),
    duration(
      "calculation-interval",
      ADAPTIVE_DEFAULTS.calculationIntervalMs,
      "How often new sampling probabilities are calculated. Recommended to be greater than the polling interval of your clients.",
    ),
    int("aggregation-buckets", ADAPTIVE_DEFAULTS.aggregationBuckets, "Amount of historical data to keep in memory."),
    duration(
      "delay",
      ADAPTIVE_DEFAULTS.delayMs,
      "Determines how far back the most recent state is. Use this if you want to add some buffer time for the aggregation to finish.",
    ),
    float(
      "initial-sampling-probability",
      ADAPTIVE_DEFAULTS.initialSamplingProbability,
      "The initial sampling probability for all new operations.",
    ),
    float(
      "min-sampling-probability",
      ADAPTIVE_DEFAULTS.minSamplingProbability,
      "The minimum sampling probability for all operations.",
    ),
    float(
      "min-samples-per-second",
      ADAPTIVE_DEFAULTS.minSamplesPerSecond,
      "The minimum number of traces that are sampled per second.",
    ),
    duration(
      "leader-lease-refresh-interval",
      ADAPTIVE_DEFAULTS.leaderLeaseRefreshIntervalMs,
      "The duration to sleep if this processor is elected leader before attempting to renew the lease on the leader lock. This should be less than follower-lease-refresh-interval to reduce lock thrashing.",
    ),
    duration(
      "follower-lease-refresh-interval",
      ADAPTIVE_DEFAULTS.followerLeaseRefreshIntervalMs,
      "The duration to sleep if this processor is a follower.",
    ),
  ],
};

export function readAdaptiveOptions(settings: Settings): AdaptiveOptions {
  return {
    targetSamplesPerSecond: settings.float("sampling.target-samples-per-second"),
    deltaTolerance: settings.float("sampling.delta-tolerance"),
    bucketsForCalculation: settings.int("sampling.buckets-for-calculation"),
    calculationIntervalMs: settings.durationMs("sampling.calculation-interval"),
    aggregationBuckets: settings.int("sampling.aggregation-buckets"),
    delayMs: settings.durationMs("sampling.delay"),
    initialSamplingProbability: settings.float("sampling.initial-sampling-probability"),
    minSamplingProbability: settings.float("sampling.min-sampling-probability"),
    minSamplesPerSecond: settings.float("sampling.min-samples-per-second"),
    leaderLeaseRefreshIntervalMs: settings.durationMs("sampling.leader-lease-refresh-interval"),
    followerLeaseRefreshIntervalMs: settings.durationMs("sampling.follower-lease-refresh-interval"),
  };
}

function float(name: string, value: number, description: string): FlagDefinition {
  return { name: `sampling.${name}`, type: "float", default: value, description };
}

function int(name: string, value: number, description: string): FlagDefinition {
  return { name: `sampling.${name}`, type: "int", default: value, description };
}

function duration(name: string, valueMs: number, description: string): FlagDefinition {
  return { name: `sampling.${name}`, type: "duration", default: valueMs, description };
}
