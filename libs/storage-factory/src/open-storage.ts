import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DaemonError, type Readiness, type Settings } from "@spoor/daemon";
import type { Storage } from "@spoor/storage-api";
import type { EmbeddedStorageOptions } from "@spoor/storage-embedded";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";
import { readCassandraOptions } from "./cassandra-flags.ts";
import { elasticsearchOptions } from "./elasticsearch-flags.ts";
import { fanOutWriter } from "./fan-out-writer.ts";
import { readGrpcOptions } from "./grpc-flags.ts";
import { readKafkaOptions } from "./kafka-flags.ts";
import { requireEmbeddedRuntime } from "./runtime-check.ts";
import type { StorageType } from "./storage-types.ts";
import { watchStorage } from "./watched-storage.ts";

export interface OpenContext {
  readonly settings: Settings;
  readonly logger: BaseLogger;
  readonly registry: Registry;
  /** Told when a store is away, and when it is back. */
  readonly readiness?: Readiness;
  /** Where adaptive sampling keeps what it counts, if not where spans go. Spans neither go there nor come from there. */
  readonly samplingType?: StorageType | undefined;
  /** Spans are read only, so that a store may do with the rights of a reader. An archive is written all the same. */
  readonly readOnly?: boolean;
  /** Ends an opening that waits for somebody, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Opens every store named, with its settings. Spans go to all of them, and a write resolves when each has them; reads come from the
 * first.
 */
export async function openStorage(types: readonly StorageType[], context: OpenContext): Promise<Storage> {
  const opened: Storage[] = [];
  const { samplingType } = context;
  let besides: Storage | undefined;
  try {
    for (const type of types) opened.push(watched(await OPEN[type](context), context));
    if (samplingType !== undefined && !types.includes(samplingType)) besides = await OPEN[samplingType](context);
  } catch (error) {
    await Promise.allSettled(opened.map((storage) => storage.close()));
    throw error;
  }
  const [first] = opened;
  if (first === undefined) throw new DaemonError("INVALID_SETTINGS", "SPAN_STORAGE_TYPE names no storage");
  const sampling =
    samplingType === undefined
      ? opened.find((storage) => storage.sampling !== undefined)?.sampling
      : (besides ?? opened[types.indexOf(samplingType)])?.sampling;
  const all = besides === undefined ? opened : [...opened, besides];
  const close = async () => {
    await Promise.all(all.map((storage) => storage.close()));
  };
  if (samplingType !== undefined && sampling === undefined) {
    await close();
    throw new DaemonError(
      "INVALID_SETTINGS",
      `storage factory of type ${samplingType} does not support sampling store (SAMPLING_STORAGE_TYPE)`,
    );
  }
  return {
    kind: first.kind,
    capabilities: first.capabilities,
    writer: opened.length === 1 ? first.writer : fanOutWriter(opened.map(({ writer }) => writer)),
    reader: first.reader,
    dependencies: first.dependencies,
    ...(first.archive === undefined ? {} : { archive: first.archive }),
    ...(sampling === undefined ? {} : { sampling }),
    close,
  };
}

function watched(storage: Storage, { logger, readiness }: OpenContext): Storage {
  if (readiness === undefined) return storage;
  return watchStorage(storage, { logger, report: (kind, problem) => readiness.report(kind, problem) });
}

/** The store, and beside it the archive that the flags may enable. */
async function openElasticsearch(
  { settings, logger, registry, readOnly = false }: OpenContext,
  kind: "elasticsearch" | "opensearch",
): Promise<Storage> {
  const { openElasticsearchStorage } = await import("@spoor/storage-elasticsearch");
  const storage = await openElasticsearchStorage({
    ...elasticsearchOptions(settings, "es", kind, { logger, registry }),
    readOnly,
    logger,
    registry,
  });
  if (!settings.bool("es-archive.enabled")) return storage;
  try {
    const archive = await openElasticsearchStorage({
      ...elasticsearchOptions(settings, "es-archive", kind, { logger, registry }),
      logger,
      registry,
    });
    return {
      kind: storage.kind,
      capabilities: { ...storage.capabilities, archive: true },
      writer: storage.writer,
      reader: storage.reader,
      dependencies: storage.dependencies,
      ...(storage.sampling === undefined ? {} : { sampling: storage.sampling }),
      ...(storage.sampling === undefined ? {} : { sampling: storage.sampling }),
      archive: { reader: archive.reader, writer: archive.writer },
      async close() {
        await Promise.all([storage.close(), archive.close()]);
      },
    };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function openEmbedded(options: EmbeddedStorageOptions): Promise<Storage> {
  const { openEmbeddedStorage } = await import("@spoor/storage-embedded");
  return openEmbeddedStorage(options);
}

/** A store's code, and its driver's, is loaded when it is asked for: they are megabytes each. */
const OPEN: Readonly<Record<StorageType, (context: OpenContext) => Promise<Storage>>> = {
  async embedded({ settings, logger, registry }) {
    requireEmbeddedRuntime();
    const maxBytes = settings.int("embedded.max-bytes");
    return openEmbedded({
      directory: settings.string("embedded.directory"),
      retentionMs: settings.durationMs("embedded.retention"),
      ...(maxBytes > 0 ? { maxBytes } : {}),
      flushIntervalMs: settings.durationMs("embedded.flush-interval"),
      cacheBytes: settings.int("embedded.cache-bytes"),
      logger,
      registry,
    });
  },
  async badger({ settings, logger, registry }) {
    requireEmbeddedRuntime();
    if (settings.bool("badger.read-only")) {
      throw new DaemonError("INVALID_SETTINGS", "--badger.read-only is not supported by the embedded storage");
    }
    const ephemeral = settings.bool("badger.ephemeral");
    const directory = ephemeral
      ? await mkdtemp(join(tmpdir(), "spoor-ephemeral-"))
      : join(settings.string("badger.directory-value"), "spoor");
    logger.warn(
      { directory, ephemeral },
      "The embedded storage takes the place of Badger; traces in old Badger files are not read",
    );
    const storage = await openEmbedded({
      directory,
      retentionMs: settings.durationMs("badger.span-store-ttl"),
      logger,
      registry,
    });
    if (!ephemeral) return storage;
    return {
      kind: storage.kind,
      capabilities: { ...storage.capabilities, persistent: false },
      writer: storage.writer,
      reader: storage.reader,
      dependencies: storage.dependencies,
      ...(storage.sampling === undefined ? {} : { sampling: storage.sampling }),
      async close() {
        await storage.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
  elasticsearch: (context) => openElasticsearch(context, "elasticsearch"),
  opensearch: (context) => openElasticsearch(context, "opensearch"),
  async cassandra({ settings, logger, registry }) {
    const { openCassandraStorage } = await import("@spoor/storage-cassandra");
    return openCassandraStorage({ ...readCassandraOptions(settings, { logger, registry }), logger, registry });
  },
  async kafka({ settings, logger, registry, signal }) {
    const { openKafkaStorage } = await import("@spoor/storage-kafka");
    return openKafkaStorage({ ...readKafkaOptions(settings, { logger, registry }), logger, registry }, signal);
  },
  async grpc({ settings, logger, registry }) {
    const { openGrpcStorage } = await import("@spoor/storage-grpc");
    return openGrpcStorage(readGrpcOptions(settings, { logger, registry }));
  },
  async memory({ settings, registry }) {
    const { createMemoryMetrics, openMemoryStorage } = await import("@spoor/storage-memory");
    return openMemoryStorage({
      maxTraces: settings.int("memory.max-traces"),
      maxBytes: positive(settings, "memory.max-bytes"),
      maxTenants: positive(settings, "memory.max-tenants"),
      metrics: createMemoryMetrics(registry),
    });
  },
  async blackhole() {
    const { openBlackholeStorage } = await import("@spoor/storage-blackhole");
    return openBlackholeStorage();
  },
};

function positive(settings: Settings, flagName: string): number {
  const value = settings.int(flagName);
  if (value > 0) return value;
  throw new DaemonError("INVALID_VALUE", `--${flagName} ${value} is not greater than 0`);
}
