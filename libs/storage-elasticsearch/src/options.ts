import type { ClientTls, WatchTls } from "@spoor/client-tls";
import type { LiveCallOptions } from "@spoor/service-calls";
import type { BaseLogger } from "pino";
import type { Registry } from "prom-client";

/** How to prove who we are; files are read again when they change. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** A file with the password; wins over {@link password}. */
  readonly passwordFile?: string;
  /** A file with a bearer token; wins over user and password. */
  readonly tokenFile?: string;
  /** An encoded API key (`id:key` in base64). */
  readonly apiKey?: string;
  /** A file with an encoded API key; wins over all others. */
  readonly apiKeyFile?: string;
}

export type IndexFrequency = "day" | "hour";

/** Which tags become fields of the objects `tag` and `process.tag` instead of elements of the nested lists. */
export interface TagsAsFields {
  readonly all: boolean;
  readonly include: readonly string[];
  /** Stands for each `.` of a key. */
  readonly dotReplacement: string;
}

export interface BulkLimits {
  /** Documents of one request. */
  readonly actions: number;
  /** Bytes of one request; a single larger document goes alone. */
  readonly bytes: number;
  /** The longest time a document waits for others, milliseconds. */
  readonly flushIntervalMs: number;
  /** Requests under way at once. */
  readonly workers: number;
}

/** Settings of a store; what is not given is v1's default. */
export interface ElasticsearchStorageOptions {
  /** The name of the storage type in metrics and messages. */
  readonly kind?: "elasticsearch" | "opensearch";
  /** URLs of the nodes. */
  readonly servers?: readonly string[];
  readonly credentials?: Credentials;
  /** Towards the servers; their `https` URLs work without it too, with the system's authorities. */
  readonly tls?: ClientTls;
  /** Hears of other certificates, which connections made afterwards use. */
  readonly watchTls?: WatchTls;
  /** Asks the cluster for its other nodes. */
  readonly sniff?: boolean;
  /** The longest time for one request, milliseconds; 0 is two minutes. */
  readonly requestTimeoutMs?: number;
  /** v1's `--es.version`: 7 and 8 choose legacy or composable templates; 0 asks the server. */
  readonly version?: number;
  readonly indexPrefix?: string;
  readonly dateSeparator?: string;
  readonly spanFrequency?: IndexFrequency;
  readonly serviceFrequency?: IndexFrequency;
  readonly samplingFrequency?: IndexFrequency;
  /** How far back probabilities of adaptive sampling are looked for, milliseconds. */
  readonly samplingLookbackMs?: number;
  readonly remoteClusters?: readonly string[];
  readonly useAliases?: boolean;
  readonly useIlm?: boolean;
  /** Spans and names of operations go to data streams, which the server rolls over by itself; not with `useAliases` or `archive`. */
  readonly useDataStreams?: boolean;
  /** Creates templates when the store opens; never with `useIlm`. */
  readonly createTemplates?: boolean;
  /** Spans come only from it: templates are the business of who writes, neither created nor asked for. */
  readonly readOnly?: boolean;
  readonly shards?: number;
  readonly replicas?: number;
  /** Priorities of composable templates. */
  readonly spanPriority?: number;
  readonly servicePriority?: number;
  readonly dependenciesPriority?: number;
  /** How far back services, operations and traces without a known time are looked for, milliseconds. */
  readonly maxSpanAgeMs?: number;
  /** Documents of one answer; at most the server's `index.max_result_window`. */
  readonly maxDocCount?: number;
  /** 0 is twelve hours. */
  readonly serviceCacheTtlMs?: number;
  readonly tagsAsFields?: TagsAsFields;
  readonly bulk?: Partial<BulkLimits>;
  /** The store of archived traces: one index without a date. */
  readonly archive?: boolean;
  /** Encoded bytes that may wait for the server; a write beyond them is `OVERLOADED`. */
  readonly maxPendingBytes?: number;
  /** How long a refused or failed request is tried again before the write fails, milliseconds. */
  readonly retryTimeoutMs?: number;
  /** Counts calls between services as spans are stored; `false` where another job does. */
  readonly countDependencies?: Pick<LiveCallOptions, "waitMs" | "secondWaitMs" | "maxPendingSpans"> | false;
  /** Of hours that nobody counted, the spans that are counted when somebody asks; with more, the hours are left out. */
  readonly maxDependencySpans?: number;
  /**
   * Spans that began earlier than this before now, or later than this after now, milliseconds, go to the index of now, so that a wrong clock
   * makes no indices. 0 is no limit.
   */
  readonly maxStartAgeMs?: number;
  readonly maxStartAheadMs?: number;
  readonly logger?: BaseLogger;
  readonly registry?: Registry;
}

export type Options = Required<
  Omit<ElasticsearchStorageOptions, "logger" | "registry" | "tls" | "watchTls" | "bulk">
> & {
  readonly bulk: BulkLimits;
  readonly tls: ClientTls | undefined;
  readonly watchTls: WatchTls | undefined;
  readonly logger: BaseLogger | undefined;
  readonly registry: Registry | undefined;
};

const HOUR_MS = 3_600_000;

export function withDefaults(given: ElasticsearchStorageOptions): Options {
  return {
    kind: given.kind ?? "elasticsearch",
    servers: given.servers ?? ["http://127.0.0.1:9200"],
    credentials: given.credentials ?? {},
    tls: given.tls,
    watchTls: given.watchTls,
    sniff: given.sniff ?? false,
    requestTimeoutMs: given.requestTimeoutMs || 120_000,
    version: given.version ?? 0,
    indexPrefix: given.indexPrefix ?? "",
    dateSeparator: given.dateSeparator ?? "-",
    spanFrequency: given.spanFrequency ?? "day",
    serviceFrequency: given.serviceFrequency ?? "day",
    samplingFrequency: given.samplingFrequency ?? "day",
    samplingLookbackMs: given.samplingLookbackMs ?? 72 * HOUR_MS,
    remoteClusters: given.remoteClusters ?? [],
    useAliases: given.useAliases ?? false,
    useIlm: given.useIlm ?? false,
    useDataStreams: (given.useDataStreams ?? false) && given.archive !== true,
    createTemplates: given.createTemplates ?? true,
    readOnly: given.readOnly ?? false,
    shards: given.shards ?? 5,
    replicas: given.replicas ?? 1,
    spanPriority: given.spanPriority ?? 0,
    servicePriority: given.servicePriority ?? 0,
    dependenciesPriority: given.dependenciesPriority ?? 0,
    maxSpanAgeMs: given.maxSpanAgeMs ?? 72 * HOUR_MS,
    maxDocCount: given.maxDocCount ?? 10_000,
    serviceCacheTtlMs: given.serviceCacheTtlMs || 12 * HOUR_MS,
    tagsAsFields: given.tagsAsFields ?? { all: false, include: [], dotReplacement: "@" },
    bulk: { actions: 1000, bytes: 5_000_000, flushIntervalMs: 200, workers: 1, ...given.bulk },
    archive: given.archive ?? false,
    maxPendingBytes: given.maxPendingBytes ?? 128 * 1024 * 1024,
    retryTimeoutMs: given.retryTimeoutMs ?? 10_000,
    countDependencies: given.countDependencies ?? {},
    maxStartAgeMs: given.maxStartAgeMs ?? 30 * 24 * HOUR_MS,
    maxStartAheadMs: given.maxStartAheadMs ?? 24 * HOUR_MS,
    maxDependencySpans: given.maxDependencySpans ?? 250_000,
    logger: given.logger,
    registry: given.registry,
  };
}
