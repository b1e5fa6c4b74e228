import { type EncodedSpan, type SpanBatch, SpanHeader } from "@spoor/span-wire";
import type { SpanWriter, WriteOptions } from "@spoor/storage-api";
import { ObservedSamplingReader } from "./observed-sampling.ts";
import type { StrategyCache } from "./strategy-cache.ts";
import type { ThroughputCounter } from "./throughput-counter.ts";

export interface RootSpanCounterOptions {
  readonly writer: SpanWriter;
  readonly throughput: ThroughputCounter;
  readonly strategies: StrategyCache;
  /** Called for a root span whose sampler's tags cannot be read. */
  readonly onInvalid: () => void;
}

/**
 * Counts the root spans that a store took, by how they were sampled. OpenTelemetry SDKs do not say that of most spans: those of a service
 * that asks for its strategies count as sampled with what it was given (v1 does not see them, and never learns their operations).
 */
export class RootSpanCounter implements SpanWriter {
  readonly #options: RootSpanCounterOptions;
  readonly #reader = new ObservedSamplingReader();
  readonly #header = new SpanHeader();

  constructor(options: RootSpanCounterOptions) {
    this.#options = options;
  }

  async write(batch: SpanBatch, options?: WriteOptions): Promise<void> {
    await this.#options.writer.write(batch, options);
    for (const span of batch.spans) if (span.isRoot) this.#count(span);
  }

  #count(span: EncodedSpan): void {
    const { throughput, strategies, onInvalid } = this.#options;
    const { serviceName } = span.process;
    const { operationName } = this.#header.read(span);
    if (serviceName === "" || operationName === "") return;
    const observed = this.#reader.read(span);
    if (observed === "invalid") onInvalid();
    else if (observed !== undefined) {
      throughput.add(serviceName, operationName, observed.param, observed.type === "probabilistic");
    } else {
      const served = strategies.servedProbability(serviceName, operationName);
      if (served !== undefined) throughput.add(serviceName, operationName, served, true);
    }
  }
}
