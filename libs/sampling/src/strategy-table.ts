import type { BaseLogger } from "pino";
import type { ServiceEntry, StrategiesDocument, StrategyEntry } from "./document.ts";
import type { OperationStrategy, PerOperationStrategies, SamplingStrategy } from "./strategy.ts";

/** v1's probability where nothing else is said. */
export const DEFAULT_SAMPLING_PROBABILITY = 0.001;

/** Strategies ready to be handed out. */
export interface StrategyTable {
  readonly fallback: SamplingStrategy;
  readonly services: ReadonlyMap<string, SamplingStrategy>;
}

/** The table where nothing is said: one probability for every service. */
export function defaultTable(probability: number): StrategyTable {
  return { fallback: { type: "probabilistic", samplingRate: probability }, services: new Map() };
}

/**
 * Gives every service of the document its whole strategy.
 *
 * A service without operations of its own takes those of the default strategy, with its own probability as their default;
 * one with operations gets the default strategy's besides, its own winning. `rateLimitedInherit` false keeps rate limited
 * services without operations from inheriting, as v1 did before its fix 5270 (jaegertracing/jaeger `file/provider.go`).
 */
export function buildTable(
  document: StrategiesDocument,
  rateLimitedInherit: boolean,
  logger: BaseLogger,
  defaultProbability: number = DEFAULT_SAMPLING_PROBABILITY,
): StrategyTable {
  const fallback =
    document.defaultStrategy === undefined
      ? defaultTable(defaultProbability).fallback
      : serviceStrategy(document.defaultStrategy, logger, defaultProbability);
  const shared = fallback.operationSampling;
  const services = new Map<string, SamplingStrategy>();
  for (const entry of document.services) {
    const own = serviceStrategy(entry, logger, defaultProbability);
    services.set(entry.service, shared === undefined ? own : withShared(own, shared, rateLimitedInherit));
  }
  return { fallback, services };
}

function withShared(
  own: SamplingStrategy,
  shared: PerOperationStrategies,
  rateLimitedInherit: boolean,
): SamplingStrategy {
  const operations = own.operationSampling;
  if (operations === undefined) {
    if (own.type === "probabilistic") {
      return { ...own, operationSampling: { ...shared, defaultSamplingProbability: own.samplingRate } };
    }
    return rateLimitedInherit ? { ...own, operationSampling: shared } : own;
  }
  const names = new Set(operations.perOperationStrategies.map((strategy) => strategy.operation));
  const added = shared.perOperationStrategies.filter((strategy) => !names.has(strategy.operation));
  return {
    ...own,
    operationSampling: {
      ...operations,
      perOperationStrategies: [...operations.perOperationStrategies, ...added],
    },
  };
}

function serviceStrategy(entry: ServiceEntry, logger: BaseLogger, defaultProbability: number): SamplingStrategy {
  const strategy = interpret(entry, logger, defaultProbability);
  if (entry.operations.length === 0) return strategy;
  const byDefault = strategy.type === "probabilistic" ? strategy.samplingRate : defaultProbability;
  const perOperationStrategies: OperationStrategy[] = [];
  for (const operation of entry.operations) {
    const own = interpret(operation, logger, defaultProbability);
    if (own.type === "probabilistic") {
      perOperationStrategies.push({ operation: operation.operation, samplingRate: own.samplingRate });
    } else {
      logger.warn(
        { strategy: operation },
        `Operation strategies only supports probabilistic sampling at the moment,'${operation.operation}' defaulting to probabilistic sampling with probability ${byDefault.toFixed(6)}`,
      );
    }
  }
  return {
    ...strategy,
    operationSampling: {
      defaultSamplingProbability: byDefault,
      defaultLowerBoundTracesPerSecond: 0,
      defaultUpperBoundTracesPerSecond: 0,
      perOperationStrategies,
    },
  };
}

function interpret(entry: StrategyEntry, logger: BaseLogger, defaultProbability: number): SamplingStrategy {
  switch (entry.type) {
    case "probabilistic":
      return { type: "probabilistic", samplingRate: entry.param };
    case "ratelimiting":
      return { type: "ratelimiting", maxTracesPerSecond: int32(entry.param) };
    default:
      logger.warn({ strategy: { type: entry.type, param: entry.param } }, "Failed to parse sampling strategy");
      return defaultTable(defaultProbability).fallback;
  }
}

function int32(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value)));
}
