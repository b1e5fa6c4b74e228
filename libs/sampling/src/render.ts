import { SamplingError } from "./errors.ts";
import type { PerOperationStrategies, SamplingStrategy } from "./strategy.ts";

/** The JSON of `/sampling` and `/api/sampling`: protobuf's mapping with zero values written and absent messages left out. */
export function renderJson(strategy: SamplingStrategy): string {
  return JSON.stringify({
    strategyType: strategy.type === "ratelimiting" ? "RATE_LIMITING" : "PROBABILISTIC",
    ...members(strategy),
  });
}

/**
 * The JSON of an agent's `/`, for clients of the Thrift 0.9.2 days: the type as a number. Rates are 16-bit there, so a larger
 * one is `NOT_REPRESENTABLE`.
 */
export function renderLegacyJson(strategy: SamplingStrategy): string {
  if (strategy.type === "ratelimiting" && strategy.maxTracesPerSecond > 32767) {
    throw new SamplingError("NOT_REPRESENTABLE", "maxTracesPerSecond is higher than int16");
  }
  return JSON.stringify({ strategyType: strategy.type === "ratelimiting" ? 1 : 0, ...members(strategy) });
}

function members(strategy: SamplingStrategy): object {
  const operations = strategy.operationSampling;
  return {
    ...(strategy.type === "probabilistic" && { probabilisticSampling: { samplingRate: strategy.samplingRate } }),
    ...(strategy.type === "ratelimiting" && {
      rateLimitingSampling: { maxTracesPerSecond: strategy.maxTracesPerSecond },
    }),
    ...(operations !== undefined && { operationSampling: operationMembers(operations) }),
  };
}

function operationMembers(operations: PerOperationStrategies): object {
  return {
    defaultSamplingProbability: operations.defaultSamplingProbability,
    defaultLowerBoundTracesPerSecond: operations.defaultLowerBoundTracesPerSecond,
    perOperationStrategies: operations.perOperationStrategies.map((strategy) => ({
      operation: strategy.operation,
      probabilisticSampling: { samplingRate: strategy.samplingRate },
    })),
    defaultUpperBoundTracesPerSecond: operations.defaultUpperBoundTracesPerSecond,
  };
}
