import type { SamplingStrategy, StrategyProvider } from "@spoor/sampling";
import { createTenancy } from "@spoor/tenancy";
import type { BaseLogger } from "pino";
import { Registry } from "prom-client";
import { CaptureWriter } from "./capture-writer.ts";

const silent = (): void => {};

/** A logger that says nothing. For tests. */
export const SILENT_LOGGER = {
  level: "silent",
  msgPrefix: undefined,
  fatal: silent,
  error: silent,
  warn: silent,
  info: silent,
  debug: silent,
  trace: silent,
  silent,
} as unknown as BaseLogger;

/** Answers every service with the same strategy, or fails when it is an error. For tests. */
export function fixedStrategy(strategy: SamplingStrategy | Error): StrategyProvider {
  return {
    getStrategy: async () => {
      if (strategy instanceof Error) throw strategy;
      return strategy;
    },
    close: async () => {},
  };
}

/** What every receiver needs, on a free port of the loopback. For tests. */
export function receiverOptions() {
  return {
    host: "127.0.0.1",
    port: 0,
    writer: new CaptureWriter(),
    logger: SILENT_LOGGER,
    registry: new Registry(),
    tenancy: createTenancy({ enabled: false }),
    strategies: fixedStrategy({ type: "probabilistic", samplingRate: 0.5 }),
  };
}
