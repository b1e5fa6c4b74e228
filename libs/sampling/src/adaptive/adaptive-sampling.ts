import { randomInt } from "node:crypto";
import { hostname } from "node:os";
import type { SamplingStorage, SpanWriter } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import type { SamplingStrategy, StrategyProvider } from "../strategy.ts";
import { AdaptiveMetrics } from "./adaptive-metrics.ts";
import { Leadership } from "./leadership.ts";
import { type AdaptiveOptions, checkAdaptiveOptions } from "./options.ts";
import { ProbabilityCalculator } from "./probability-calculator.ts";
import { RootSpanCounter } from "./root-span-counter.ts";
import { StrategyCache } from "./strategy-cache.ts";
import { ThroughputCounter } from "./throughput-counter.ts";

/** How often followers look for what the leader calculated (v1's). */
const FOLLOW_MS = 20_000;

export interface AdaptiveSamplingOptions {
  readonly sampling: AdaptiveOptions;
  readonly storage: SamplingStorage;
  readonly logger: BaseLogger;
  readonly registry: Registry;
  /** Of this collector, as the others see it. */
  readonly host?: string;
  /** The clock; another one, and no timers, in a simulation. */
  readonly nowMs?: () => number;
}

/**
 * Adaptive sampling of one collector: it counts the root spans that are stored, tells the other collectors through the store, and gives clients the
 * probabilities that the leading collector calculates (jaegertracing/jaeger `internal/sampling/samplingstrategy/adaptive`). The leader gives out
 * what it calculated at once.
 */
export class AdaptiveSampling implements StrategyProvider {
  readonly #options: AdaptiveSamplingOptions;
  readonly #nowMs: () => number;
  readonly #throughput = new ThroughputCounter();
  readonly #calculator: ProbabilityCalculator;
  readonly #strategies: StrategyCache;
  readonly #leadership: Leadership;
  readonly #metrics: AdaptiveMetrics;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #working = new Set<Promise<unknown>>();
  #isClosed = false;
  #wasLeader = false;
  #lastReadMs: number;

  /** Throws a `SamplingError` when an option cannot be. */
  constructor(options: AdaptiveSamplingOptions) {
    const { sampling, storage, logger } = options;
    checkAdaptiveOptions(sampling);
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#calculator = new ProbabilityCalculator(sampling);
    this.#strategies = new StrategyCache(sampling);
    this.#metrics = new AdaptiveMetrics(options.registry);
    this.#leadership = new Leadership({
      lock: storage.lock,
      leaderRefreshMs: sampling.leaderLeaseRefreshIntervalMs,
      followerRefreshMs: sampling.followerLeaseRefreshIntervalMs,
      logger,
      nowMs: this.#nowMs,
    });
    this.#lastReadMs = this.#nowMs() - sampling.delayMs;
  }

  get isLeader(): boolean {
    return this.#leadership.isLeader;
  }

  /** A writer in front of the store's that counts what was stored. */
  counting(writer: SpanWriter): SpanWriter {
    const { logger } = this.#options;
    let warned = false;
    return new RootSpanCounter({
      writer,
      throughput: this.#throughput,
      strategies: this.#strategies,
      onInvalid: () => {
        if (!warned)
          logger.warn("sampler.param tag is not a number; such root spans do not count for adaptive sampling");
        warned = true;
      },
    });
  }

  async getStrategy(service: string): Promise<SamplingStrategy> {
    return this.#strategies.strategyOf(service);
  }

  /** Reads what was learned before and begins; a store that does not answer is asked again later. */
  async start(): Promise<void> {
    const { sampling, logger } = this.#options;
    await this.#initialise().catch((error: unknown) =>
      logger.warn({ err: error }, "failed to initialize probabilities"),
    );
    const standAgain = async () => this.#after(await this.stand(), standAgain);
    this.#run(standAgain());
    this.#every(sampling.calculationIntervalMs, () => this.runInterval());
    // With jitter, so that collectors started together do not read together.
    this.#after(FOLLOW_MS / 2 + randomInt(FOLLOW_MS / 2), async () => this.#every(FOLLOW_MS, () => this.follow()));
  }

  async #initialise(): Promise<void> {
    const { storage, sampling } = this.#options;
    await this.follow();
    let endTimeMs = this.#lastReadMs;
    for (let i = 0; i < sampling.aggregationBuckets; i++) {
      const startTimeMs = endTimeMs - sampling.calculationIntervalMs;
      const throughput = await storage.store.getThroughput({ startTimeMs, endTimeMs });
      if (throughput.length === 0) return;
      this.#calculator.addBucket(throughput, sampling.calculationIntervalMs, true);
      endTimeMs = startTimeMs;
    }
  }

  /** One try to lead; resolves with the milliseconds until the next. */
  stand(): Promise<number> {
    return this.#leadership.stand();
  }

  /** One calculation interval ends: writes what was counted in it and, as the leader, calculates from what all collectors wrote. */
  async runInterval(): Promise<void> {
    const { storage, sampling, host = hostname() } = this.#options;
    const { throughput, services } = this.#throughput.take();
    this.#metrics.aggregated(throughput.length, services);
    if (throughput.length > 0) await storage.store.insertThroughput(throughput, this.#nowMs());
    const [startTimeMs, endTimeMs] = [this.#lastReadMs, this.#nowMs() - sampling.delayMs];
    const seen = await storage.store.getThroughput({ startTimeMs, endTimeMs });
    this.#lastReadMs = endTimeMs;
    this.#calculator.addBucket(seen, endTimeMs - startTimeMs);
    const isLeader = this.isLeader;
    // What another leader calculated meanwhile counts for more than what this one knows.
    if (isLeader && !this.#wasLeader) this.#calculator.restore(await storage.store.getLatestProbabilities());
    this.#wasLeader = isLeader;
    if (!isLeader) return;
    const probabilities = this.#metrics.calculated(() => this.#calculator.calculate());
    this.#strategies.publish(probabilities);
    if (probabilities.length > 0) await storage.store.insertProbabilities(host, probabilities, this.#nowMs());
  }

  /** Takes over what the leader calculated; the leader itself has it. */
  async follow(): Promise<void> {
    if (this.isLeader) return;
    this.#strategies.publish(await this.#options.storage.store.getLatestProbabilities());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await Promise.allSettled(this.#working);
    await this.#leadership.resign().catch(() => undefined);
  }

  #every(ms: number, work: () => Promise<void>): void {
    const again = async () => {
      await work().finally(() => this.#after(ms, again));
    };
    this.#after(ms, again);
  }

  #after(ms: number, work: () => Promise<void>): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#run(work());
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }

  #run(work: Promise<void>): void {
    const { logger } = this.#options;
    const done = work
      .catch((error: unknown) => logger.error({ err: error }, "adaptive sampling: the store did not answer"))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }
}
