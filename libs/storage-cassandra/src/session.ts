import { type LiveTls, openLiveTls } from "@spoor/client-tls";
import { StorageError } from "@spoor/storage-api";
import { Client, type ClientOptions, policies, types } from "cassandra-driver";
import { BatchFrame, ENTRIES_START, statementHeader } from "./driver/batch-frame.ts";
import { PreparedBatches } from "./driver/prepared-batches.ts";
import { storageError, type Target } from "./errors.ts";
import { type CassandraConnectionOptions, DEFAULT_KEYSPACE, DEFAULT_PORT } from "./options.ts";
import { BoundedRetryPolicy, RestrictedAuthProvider, reconnectionPolicy } from "./policies.ts";
import { CqlWriter } from "./rows/cql-writer.ts";

const DEFAULT_TIMEOUT_MS = 12_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_RECONNECT_MS = 60_000;
const LOCAL = 0;
/** Requests that one connection carries at once; the driver refuses more. */
const REQUESTS_A_CONNECTION = 2048;
/** Longer parts of a partition key are refused by the nodes, in their words. */
const MAX_KEY_BYTES = 65_535;
/** Statements that are known as prepared: more than there are, for a batch cannot do without one that was forgotten. */
const MAX_PREPARED = 10_000;

export interface Statement {
  readonly query: string;
  readonly params: readonly unknown[];
}

export interface PageOptions {
  readonly fetchSize: number;
  readonly pageState?: string | undefined;
  readonly consistency?: types.consistencies;
}

export interface Page {
  readonly rows: readonly types.Row[];
  /** Where the next page begins; `undefined` after the last one. */
  readonly pageState: string | undefined;
}

/** Connections to a cluster. Every statement is prepared once; every failure is a {@link StorageError}. */
export class Session {
  readonly target: Target;
  /** Of writes. */
  readonly consistency: types.consistencies;
  readonly #client: Client;
  readonly #batches: PreparedBatches;
  readonly #tls: LiveTls | undefined;
  #closing: Promise<void> | undefined;

  private constructor(client: Client, tls: LiveTls | undefined, target: Target, consistency: types.consistencies) {
    this.#client = client;
    this.#tls = tls;
    this.#batches = new PreparedBatches(client);
    this.target = target;
    this.consistency = consistency;
  }

  /** Connects; with `keyspace: ""` to no keyspace. */
  static async open(options: CassandraConnectionOptions): Promise<Session> {
    const servers = options.servers ?? ["127.0.0.1"];
    const keyspace = options.keyspace ?? DEFAULT_KEYSPACE;
    const target = {
      servers: servers.map((server) => (server.includes(":") ? server : `${server}:${portOf(options)}`)).join(","),
      keyspace,
      flagPrefix: options.flagPrefix ?? "cassandra",
    };
    let client: Client;
    let tls: LiveTls | undefined;
    try {
      tls = openLiveTls(options.tls, options.watchTls);
      client = new Client(clientOptions(options, servers, keyspace, tls));
    } catch (error) {
      tls?.close();
      throw new StorageError("UNAVAILABLE", `--${target.flagPrefix}.* settings are refused: ${String(error)}`, {
        cause: error,
      });
    }
    try {
      await client.connect();
    } catch (error) {
      tls?.close();
      await client.shutdown().catch(() => undefined);
      throw storageError(error, target);
    }
    return new Session(client, tls, target, consistencyOf(options));
  }

  async execute(statement: Statement, consistency?: types.consistencies): Promise<types.ResultSet> {
    this.checkOpen();
    try {
      return await this.#client.execute(statement.query, [...statement.params], {
        prepare: true,
        ...(consistency === undefined ? {} : { consistency }),
      });
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** The id under which nodes know a statement that is to be part of batches. */
  async prepare(query: string): Promise<Buffer> {
    this.checkOpen();
    try {
      return await this.#batches.prepare(query);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Writes one row, given as encoded values, with a timestamp of its own at each attempt: a list that is written twice with one timestamp has
   * its elements twice.
   */
  async writeRow(query: string, values: readonly Buffer[]): Promise<void> {
    const header = statementHeader(await this.prepare(query), values.length);
    const writer = new CqlWriter();
    writer.raw(header);
    for (const value of values) writer.blob(value);
    const bytes = writer.take();
    const frame = new BatchFrame(1, bytes.length, this.consistency);
    bytes.copy(frame.buffer, ENTRIES_START);
    await this.sendBatch(frame, 1);
  }

  /** With several nodes, `routingColumns` values at the beginning of the first statement choose whom to ask first. */
  async sendBatch(frame: BatchFrame, routingColumns: number): Promise<void> {
    this.checkOpen();
    try {
      const key = this.#client.hosts.length > 1 ? frame.firstValues(routingColumns) : undefined;
      const isRoutable = key?.every((part) => part.length <= MAX_KEY_BYTES) ?? false;
      await this.#batches.send(frame, isRoutable ? key : undefined);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async page(statement: Statement, options: PageOptions): Promise<Page> {
    this.checkOpen();
    try {
      const { fetchSize, pageState, consistency } = options;
      const result = await this.#client.execute(statement.query, [...statement.params], {
        prepare: true,
        fetchSize,
        ...(pageState === undefined ? {} : { pageState }),
        ...(consistency === undefined ? {} : { consistency }),
      });
      return { rows: result.rows, pageState: result.pageState ?? undefined };
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Not prepared: for statements that change the schema. */
  async command(query: string): Promise<types.ResultSet> {
    this.checkOpen();
    try {
      return await this.#client.execute(query);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** The driver's own view of the cluster: versions and data centres of its nodes. */
  get hosts(): readonly { readonly cassandraVersion: string; readonly datacenter: string }[] {
    return this.#client.hosts.values();
  }

  checkOpen(): void {
    if (this.#closing !== undefined) throw new StorageError("CLOSED", "the store is closed");
  }

  close(): Promise<void> {
    this.#tls?.close();
    this.#closing ??= this.#client.shutdown();
    return this.#closing;
  }

  #failure(error: unknown): StorageError {
    if (this.#closing !== undefined) return new StorageError("CLOSED", "the store is closed", { cause: error });
    return storageError(error, this.target);
  }
}

function portOf(options: CassandraConnectionOptions): number {
  return options.port === undefined || options.port === 0 ? DEFAULT_PORT : options.port;
}

function clientOptions(
  options: CassandraConnectionOptions,
  servers: readonly string[],
  keyspace: string,
  tls: LiveTls | undefined,
): ClientOptions {
  const { localDc = "", username = "", password = "" } = options;
  const balancing =
    localDc === ""
      ? new policies.loadBalancing.RoundRobinPolicy()
      : new policies.loadBalancing.DCAwareRoundRobinPolicy(localDc);
  return {
    contactPoints: [...servers],
    ...(keyspace === "" ? {} : { keyspace }),
    protocolOptions: { port: portOf(options), maxVersion: options.protoVersion ?? 4 },
    ...(username === ""
      ? {}
      : { authProvider: new RestrictedAuthProvider(username, password, options.allowedAuthenticators ?? []) }),
    policies: {
      loadBalancing: new policies.loadBalancing.TokenAwarePolicy(balancing),
      reconnection: reconnectionPolicy(options.reconnectIntervalMs ?? DEFAULT_RECONNECT_MS),
      retry: new BoundedRetryPolicy(options.maxRetryAttempts ?? 3),
    },
    pooling: {
      coreConnectionsPerHost: { [LOCAL]: options.connectionsPerHost ?? 2 },
      maxRequestsPerConnection: REQUESTS_A_CONNECTION,
    },
    socketOptions: {
      readTimeout: options.timeoutMs || DEFAULT_TIMEOUT_MS,
      connectTimeout: options.connectTimeoutMs || DEFAULT_CONNECT_TIMEOUT_MS,
      ...(options.socketKeepAliveMs ? { keepAliveDelay: options.socketKeepAliveMs } : {}),
    },
    queryOptions: {
      consistency: consistencyOf(options),
      isIdempotent: true,
      captureStackTrace: false,
    },
    encoding: { useBigIntAsLong: true },
    isMetadataSyncEnabled: true,
    maxPrepared: MAX_PREPARED,
    // The driver hands this very object on to each `tls.connect`.
    ...(tls === undefined ? {} : { sslOptions: tls.options }),
  };
}

/** The driver writes `LOCAL_ONE` as `localOne`. */
function consistencyOf({ consistency = "LOCAL_ONE" }: CassandraConnectionOptions): types.consistencies {
  const key = consistency.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return types.consistencies[key as keyof typeof types.consistencies];
}
