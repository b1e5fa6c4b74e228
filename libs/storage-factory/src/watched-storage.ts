import { type Storage, StorageError, type TraceReader } from "@spoor/storage-api";
import type { BaseLogger } from "pino";

/** Told that a store cannot be used, and why, or with `undefined` that it can be again. */
export type AvailabilityReport = (kind: string, problem: string | undefined) => void;

export interface WatchOptions {
  readonly logger: BaseLogger;
  readonly report: AvailabilityReport;
  /** How often a store that is away is asked whether it is back. */
  readonly probeIntervalMs?: number;
}

const PROBE_INTERVAL_MS = 2000;
const NO_TENANT = { tenant: "" };

/**
 * Notices when a call fails because the store is away, and then asks until it is back: a daemon that says it is not ready gets no calls
 * that could show it.
 */
export function watchStorage(storage: Storage, options: WatchOptions): Storage {
  const watch = new Watch(storage, options);
  const { writer, reader, dependencies, archive, sampling } = storage;
  return {
    kind: storage.kind,
    capabilities: storage.capabilities,
    ...(archive === undefined ? {} : { archive }),
    ...(sampling === undefined ? {} : { sampling }),
    writer: { write: (batch, given) => watch.see(writer.write(batch, given)) },
    reader: watchedReader(reader, watch),
    dependencies: { getDependencies: (range, given) => watch.see(dependencies.getDependencies(range, given)) },
    close() {
      watch.close();
      return storage.close();
    },
  };
}

function watchedReader(reader: TraceReader, watch: Watch): TraceReader {
  return {
    getTrace: (traceId, options) => watch.seeAll(reader.getTrace(traceId, options)),
    getTraces: (traceIds, options) => watch.seeAll(reader.getTraces(traceIds, options)),
    findTraceIds: (query, options) => watch.see(reader.findTraceIds(query, options)),
    getServices: (options) => watch.see(reader.getServices(options)),
    getOperations: (query, options) => watch.see(reader.getOperations(query, options)),
  };
}

class Watch {
  readonly #storage: Storage;
  readonly #options: WatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #isAway = false;
  #isClosed = false;

  constructor(storage: Storage, options: WatchOptions) {
    this.#storage = storage;
    this.#options = options;
  }

  async see<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      if (this.#isAway) this.#back();
      return answer;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  async *seeAll<T>(answers: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* answers;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #failed(error: unknown): void {
    if (!(error instanceof StorageError) || error.code !== "UNAVAILABLE" || this.#isClosed) return;
    const { kind } = this.#storage;
    this.#options.report(kind, error.message);
    if (this.#isAway) return;
    this.#isAway = true;
    this.#options.logger.warn({ storage: kind, reason: error.message }, "The storage is away: daemon not ready");
    this.#probeLater();
  }

  #back(): void {
    if (this.#isClosed) return;
    this.#isAway = false;
    clearTimeout(this.#timer);
    const { kind } = this.#storage;
    this.#options.report(kind, undefined);
    this.#options.logger.info({ storage: kind }, "The storage is back");
  }

  #probeLater(): void {
    this.#timer = setTimeout(() => void this.#probe(), this.#options.probeIntervalMs ?? PROBE_INTERVAL_MS);
    this.#timer.unref();
  }

  async #probe(): Promise<void> {
    try {
      await this.#storage.reader.getServices(NO_TENANT);
      if (this.#isAway) this.#back();
    } catch (error) {
      // A store that cannot be read has answered, too.
      if (error instanceof StorageError && error.code === "UNSUPPORTED_QUERY" && this.#isAway) this.#back();
      this.#failed(error);
      if (this.#isAway && !this.#isClosed) this.#probeLater();
    }
  }
}
