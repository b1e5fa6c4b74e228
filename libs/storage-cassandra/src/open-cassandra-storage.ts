import type { Storage } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import { type CounterOptions, DependencyCounter } from "./dependencies/dependency-counter.ts";
import { readLinks } from "./dependencies/dependency-rows.ts";
import { Limiter } from "./limiter.ts";
import { createMetrics, NO_METRICS } from "./metrics.ts";
import type { CassandraConnectionOptions, TagIndexOptions } from "./options.ts";
import { cassandraReader } from "./read/cassandra-reader.ts";
import type { SearchLimits } from "./read/search.ts";
import { TagIndex } from "./rows/indexed-tags.ts";
import { detectSchema } from "./schema/detect.ts";
import { Session } from "./session.ts";
import { NameCache } from "./write/name-cache.ts";
import { CassandraSpanWriter } from "./write/span-writer.ts";

const DEFAULT_CACHE_TTL_MS = 12 * 3_600_000;
const CACHED_SERVICES = 10_000;
const CACHED_OPERATIONS = 100_000;
const DEFAULT_CONCURRENT_REQUESTS = 256;

export interface CassandraStorageOptions {
  readonly connection?: CassandraConnectionOptions;
  readonly index?: TagIndexOptions;
  /** How long the names of services and operations are not written again. */
  readonly writeCacheTtlMs?: number;
  /** Requests of all writes together that wait for an answer. */
  readonly maxConcurrentRequests?: number;
  readonly searchLimits?: SearchLimits;
  /** Counts calls between services as spans are written; `false` where another job writes them. */
  readonly countDependencies?: CounterOptions | false;
  readonly logger?: BaseLogger;
  readonly registry?: Registry;
}

/** Connects to a keyspace that holds v1's tables. Rejects with `UNAVAILABLE` and the flag or object at fault. */
export async function openCassandraStorage(options: CassandraStorageOptions = {}): Promise<Storage> {
  const session = await Session.open(options.connection ?? {});
  try {
    const features = await detectSchema(session, "spans");
    const tagIndex = new TagIndex(options.index);
    const cacheTtlMs = options.writeCacheTtlMs ?? DEFAULT_CACHE_TTL_MS;
    const counter =
      options.countDependencies === false || features.dependenciesTable === undefined
        ? undefined
        : new DependencyCounter(session, features.dependenciesTable, options.countDependencies, options.logger);
    const writer = new CassandraSpanWriter({
      session,
      limiter: new Limiter(options.maxConcurrentRequests ?? DEFAULT_CONCURRENT_REQUESTS),
      metrics: options.registry === undefined ? NO_METRICS : createMetrics(options.registry, "primary"),
      index: {
        features,
        tagIndex,
        services: new NameCache(cacheTtlMs, CACHED_SERVICES),
        operations: new NameCache(cacheTtlMs, CACHED_OPERATIONS),
      },
      ...(counter === undefined ? {} : { onStored: (span, hash) => counter.add(span, hash) }),
    });
    return {
      kind: "cassandra",
      capabilities: { persistent: true, searchWithoutService: false, tenancy: false, archive: false },
      writer,
      reader: cassandraReader({ session, features, tagIndex, searchLimits: options.searchLimits }),
      dependencies: {
        async getDependencies(range, read) {
          session.checkOpen();
          read.signal?.throwIfAborted();
          await counter?.flush();
          return readLinks(session, features.dependenciesTable, range, read.signal);
        },
      },
      async close() {
        await writer.close();
        try {
          await counter?.close();
        } catch (error) {
          options.logger?.warn({ error: String(error) }, "The last calls between services are not counted");
        }
        await session.close();
      },
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}
