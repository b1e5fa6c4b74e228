import type { BaseLogger } from "pino";
import { messageOf, parseDocument } from "./document.ts";
import { readSource } from "./source.ts";
import type { SamplingStrategy, StrategyProvider } from "./strategy.ts";
import { buildTable, DEFAULT_SAMPLING_PROBABILITY, defaultTable, type StrategyTable } from "./strategy-table.ts";

export interface FileStrategiesOptions {
  /** A path or http(s) URL; "" gives every service the default probability. */
  readonly source: string;
  /** Milliseconds between two looks at the source; 0 reads it once. */
  readonly reloadIntervalMs: number;
  /** `--sampling.strategies.bugfix-5270`: rate limited services inherit the default operations. Default true. */
  readonly rateLimitedInherit?: boolean;
  /** `--sampling.default-sampling-probability`: where the document says nothing. Default 0.001. */
  readonly defaultSamplingProbability?: number;
  readonly logger: BaseLogger;
}

/**
 * Strategies from a file or URL. Rejects with a `SamplingError` when the source cannot be read or understood at the start;
 * later a bad source is logged and the last good strategies stay.
 */
export async function openFileStrategies(options: FileStrategiesOptions): Promise<StrategyProvider> {
  const { source, logger } = options;
  if (source === "") {
    logger.info("No sampling strategies source provided, using defaults");
    return new FileStrategies(options, defaultTable(probabilityOf(options)), "");
  }
  logger.info({ source }, "Loading sampling strategies");
  const text = await readSource(source, new AbortController().signal);
  return new FileStrategies(options, tableOf(text, options), text);
}

class FileStrategies implements StrategyProvider {
  readonly #options: FileStrategiesOptions;
  readonly #closed = new AbortController();
  #table: StrategyTable;
  #lastText: string;
  /** What was wrong at the last look, so that it is told once. */
  #failure: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reload: Promise<void> = Promise.resolve();

  constructor(options: FileStrategiesOptions, table: StrategyTable, text: string) {
    this.#options = options;
    this.#table = table;
    this.#lastText = text;
    this.#schedule();
  }

  async getStrategy(service: string): Promise<SamplingStrategy> {
    return this.#table.services.get(service) ?? this.#table.fallback;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closed.abort();
    await this.#reload;
  }

  #schedule(): void {
    const { source, reloadIntervalMs } = this.#options;
    if (source === "" || reloadIntervalMs <= 0 || this.#closed.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#reload = this.#look().finally(() => this.#schedule());
    }, reloadIntervalMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { source, logger } = this.#options;
    let text: string;
    try {
      text = await readSource(source, this.#closed.signal);
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#failed(error, messageOf(error));
      return;
    }
    if (text === this.#lastText) {
      if (this.#failure !== undefined) logger.info({ source }, "Sampling strategies are as they were again");
      this.#failure = undefined;
      return;
    }
    try {
      this.#table = tableOf(text, this.#options);
    } catch (error) {
      this.#failed(error, text);
      return;
    }
    this.#lastText = text;
    this.#failure = undefined;
    logger.info({ source }, "Updated sampling strategies");
  }

  /** Logs what `failure` stands for, unless the look before found the same. */
  #failed(error: unknown, failure: string): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    const { source, logger } = this.#options;
    logger.error({ err: error, source }, "failed to re-load sampling strategies; those loaded before stay");
  }
}

function tableOf(text: string, options: FileStrategiesOptions): StrategyTable {
  const document = parseDocument(text);
  if (document === undefined) {
    options.logger.info("No sampling strategies found or URL is unavailable, using defaults");
    return defaultTable(probabilityOf(options));
  }
  return buildTable(document, options.rateLimitedInherit ?? true, options.logger, probabilityOf(options));
}

function probabilityOf(options: FileStrategiesOptions): number {
  return options.defaultSamplingProbability ?? DEFAULT_SAMPLING_PROBABILITY;
}
