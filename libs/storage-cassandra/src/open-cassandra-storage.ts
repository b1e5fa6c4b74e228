import type { LiveCallOptions } from "@spoor/service-calls";
import type { Storage } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import { readLinks } from "./dependencies/dependency-rows.ts";
import { StoredCalls } from "./dependencies/stored-calls.ts";
import { Limiter } from "./limiter.ts";
import { createReadMetrics, createWriteMetrics } from "./metrics.ts";
import type { CassandraConnectionOptions, TagIndexOptions } from "./options.ts";
import { archiveReader, cassandraReader } from "./read/cassandra-reader.ts";
import type { SearchLimits } from "./read/search.ts";
import { TagIndex } from "./rows/indexed-tags.ts";
import { CassandraLeaseLock } from "./sampling/lease-lock.ts";
import { CassandraSamplingStore } from "./sampling/sampling-store.ts";
import { detectSchema, type SchemaFeatures } from "./schema/detect.ts";
import { Session } from "./session.ts";
import { NameCache } from "./write/name-cache.ts";
import { Names } from "./write/names.ts";
import { CassandraSpanWriter, prepareRows } from "./write/span-writer.ts";

const DEFAULT_CACHE_TTL_MS = 12 * 3_600_000;
const CACHED_SERVICES = 10_000;
const CACHED_OPERATIONS = 100_000;
const DEFAULT_CONCURRENT_REQUESTS = 256;

export interface CassandraStorageOptions {
  readonly connection?: CassandraConnectionOptions;
  /** Where traces can be archived: usually another keyspace, whose rows live longer. */
  readonly archive?: CassandraConnectionOptions;
  readonly index?: TagIndexOptions;
  /** How long the names of services and operations are not written again. */
  readonly writeCacheTtlMs?: number;
  /** Requests of all writes together that wait for an answer. */
  readonly maxConcurrentRequests?: number;
  readonly searchLimits?: SearchLimits;
  /** Counts calls between services as spans are written; `false` where another job writes them. */
  readonly countDependencies?: Omit<LiveCallOptions, "logger"> | false;
  readonly logger?: BaseLogger;
  readonly registry?: Registry;
}

/** Connects to a keyspace that holds v1's tables. Rejects with `UNAVAILABLE` and the flag or object at fault. */
export async function openCassandraStorage(options: CassandraStorageOptions = {}): Promise<Storage> {
  const sessions: Session[] = [];
  try {
    const session = await Session.open(options.connection ?? {});
    sessions.push(session);
    const features = await detectSchema(session, "spans");
    let archive: Session | undefined;
    if (options.archive !== undefined) {
      archive = await Session.open({ flagPrefix: "cassandra-archive", ...options.archive });
      sessions.push(archive);
      await detectSchema(archive, "archive");
    }
    return await storageOf(session, features, archive, options);
  } catch (error) {
    await Promise.all(sessions.map((session) => session.close()));
    throw error;
  }
}

async function storageOf(
  session: Session,
  features: SchemaFeatures,
  archiveSession: Session | undefined,
  options: CassandraStorageOptions,
): Promise<Storage> {
  const { logger, registry } = options;
  const headers = await prepareRows(session, "spans");
  const limiter = new Limiter(options.maxConcurrentRequests ?? DEFAULT_CONCURRENT_REQUESTS);
  const tagIndex = new TagIndex(options.index);
  const cacheTtlMs = options.writeCacheTtlMs ?? DEFAULT_CACHE_TTL_MS;
  const archive = archiveSession === undefined ? undefined : await archiveOf(archiveSession, limiter, registry);
  // Behind everything that may fail: it has a timer, which ends with the store.
  const counter =
    options.countDependencies === false || features.dependenciesTable === undefined
      ? undefined
      : new StoredCalls(session, features.dependenciesTable, { ...options.countDependencies, logger });
  const names = new Names(
    features.operationsTable,
    new NameCache(cacheTtlMs, CACHED_SERVICES),
    new NameCache(cacheTtlMs, CACHED_OPERATIONS),
  );
  const metrics = createWriteMetrics(registry, "primary");
  const writer = new CassandraSpanWriter(
    { session, limiter, metrics, index: { tagIndex, names }, calls: counter },
    headers,
  );
  let closing: Promise<void> | undefined;
  return {
    kind: "cassandra",
    capabilities: { persistent: true, searchWithoutService: false, tenancy: false, archive: archive !== undefined },
    writer,
    reader: cassandraReader({
      session,
      features,
      tagIndex,
      searchLimits: options.searchLimits,
      metrics: createReadMetrics(registry, "primary"),
    }),
    dependencies: {
      async getDependencies(range, read) {
        session.checkOpen();
        read.signal?.throwIfAborted();
        await counter?.flush();
        return readLinks(session, features.dependenciesTable, range, read.signal);
      },
    },
    ...(archive === undefined ? {} : { archive }),
    ...(features.hasSampling
      ? { sampling: { store: new CassandraSamplingStore(session), lock: new CassandraLeaseLock(session) } }
      : {}),
    close() {
      closing ??= (async () => {
        await Promise.all([writer.close(), archive?.writer.close()]);
        try {
          await counter?.close();
        } catch (error) {
          logger?.warn({ error: String(error) }, "The last calls between services are not counted");
        }
        await Promise.all([session.close(), archiveSession?.close()]);
      })();
      return closing;
    },
  };
}

async function archiveOf(session: Session, limiter: Limiter, registry: Registry | undefined) {
  return {
    reader: archiveReader(session, createReadMetrics(registry, "archive")),
    writer: new CassandraSpanWriter(
      { session, limiter, metrics: createWriteMetrics(registry, "archive"), index: undefined, calls: undefined },
      await prepareRows(session, "archive"),
    ),
  };
}
