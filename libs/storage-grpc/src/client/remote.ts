import { GrpcClient } from "@spoor/grpc-client";
import { StorageError } from "@spoor/storage-api";
import type { BaseLogger } from "pino";
import { decodeCapabilities, NO_CAPABILITIES, type RemoteCapabilities } from "../wire/replies.ts";
import { BEARER_TOKEN, NO_MESSAGE, SERVICE } from "../wire/services.ts";
import { type ClientLimits, DEFAULT_CONNECTION_TIMEOUT_MS, type RemoteServer } from "./options.ts";
import { isDenied, isNotImplemented, remoteError } from "./remote-error.ts";

const FIRST_BACKOFF_MS = 100;
/** What gRPC lets metadata have. */
const ASCII = /^[\x20-\x7e]*$/;

/** What a call is for whom. */
export interface RemoteCall {
  readonly tenant: string;
  /** The reader's own token, which the server may ask its store with. */
  readonly bearerToken?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RemoteOptions extends RemoteServer {
  readonly tenantHeader: string | undefined;
  readonly logger: BaseLogger;
  readonly limits: ClientLimits;
}

/** The connection to one server. Its failures are grpc-js's; {@link Remote.failure} makes a store's of them. */
export class Remote {
  readonly #options: RemoteOptions;
  readonly #client: GrpcClient;
  readonly #certificates: { close(): void } | undefined;
  readonly #writes = new Set<Promise<unknown>>();
  #capabilities: RemoteCapabilities | undefined;
  #closed = false;

  constructor(options: RemoteOptions) {
    this.#options = options;
    const { server, tls, watchTls, limits, logger } = options;
    this.#client = new GrpcClient({
      targets: [server],
      maxReplyBytes: limits.maxReplyBytes,
      firstBackoffMs: FIRST_BACKOFF_MS,
      ...(tls === undefined ? {} : { tls }),
      onConnected: (connected) => {
        // Another server may be there next time.
        if (!connected) this.#capabilities = undefined;
        if (!this.#closed) logger.info({ server, connected }, "Connection to the remote storage changed");
      },
    });
    this.#certificates = watchTls?.((changed) => this.#client.updateTls(changed));
  }

  get limits(): ClientLimits {
    return this.#options.limits;
  }

  /** What the server said of itself; `undefined` while it has not. */
  get knownCapabilities(): RemoteCapabilities | undefined {
    return this.#capabilities;
  }

  /** What the server can do; asked once a connection. */
  async capabilities(signal?: AbortSignal): Promise<RemoteCapabilities> {
    if (this.#capabilities !== undefined) return this.#capabilities;
    const timeoutMs = this.#options.connectionTimeoutMs ?? DEFAULT_CONNECTION_TIMEOUT_MS;
    const path = `/${SERVICE.capabilities}/Capabilities`;
    let known: RemoteCapabilities;
    try {
      known = decodeCapabilities(
        await this.#client.call(path, NO_MESSAGE, { timeoutMs, ...(signal === undefined ? {} : { signal }) }),
      );
    } catch (error) {
      // v1's server answers this question to tenants only.
      if (!isNotImplemented(error) && !isDenied(error)) throw error;
      known = NO_CAPABILITIES;
    }
    this.#capabilities = known;
    return known;
  }

  /** Asks again before the next write: the server turned out to be another. */
  forgetCapabilities(): void {
    this.#capabilities = undefined;
  }

  ask(service: string, method: string, request: Uint8Array, call: RemoteCall): Promise<Uint8Array> {
    this.#check(call.signal);
    return this.#client.call(`/${service}/${method}`, request, this.#callOptions(call, this.limits.readTimeoutMs));
  }

  async *askMany(service: string, method: string, request: Uint8Array, call: RemoteCall): AsyncGenerator<Uint8Array> {
    this.#check(call.signal);
    yield* this.#client.stream(`/${service}/${method}`, request, this.#callOptions(call, this.limits.readTimeoutMs));
  }

  /** Runs a write that {@link close} waits for. */
  async writing(signal: AbortSignal | undefined, write: () => Promise<void>): Promise<void> {
    this.#check(signal);
    const running = write();
    this.#writes.add(running);
    try {
      await running;
    } finally {
      this.#writes.delete(running);
    }
  }

  tell(service: string, method: string, request: Uint8Array, call: RemoteCall): Promise<Uint8Array> {
    return this.#client.call(`/${service}/${method}`, request, this.#callOptions(call, this.limits.writeTimeoutMs));
  }

  tellMany(service: string, method: string, requests: Iterable<Uint8Array>, call: RemoteCall): Promise<Uint8Array> {
    return this.#client.send(`/${service}/${method}`, requests, this.#callOptions(call, this.limits.writeTimeoutMs));
  }

  failure(error: unknown, kind: "read" | "write"): unknown {
    return remoteError(error, kind, this.#options.server);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#certificates?.close();
    await Promise.allSettled(this.#writes);
    this.#client.close();
  }

  #check(signal: AbortSignal | undefined): void {
    if (this.#closed) throw new StorageError("CLOSED", "the store was closed");
    signal?.throwIfAborted();
  }

  #callOptions({ tenant, bearerToken = "", signal }: RemoteCall, timeoutMs: number) {
    const { tenantHeader } = this.#options;
    if (!ASCII.test(bearerToken)) throw new StorageError("INVALID_QUERY", "the bearer token is not ASCII");
    return {
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
      metadata: {
        ...(tenantHeader === undefined || tenant === "" ? {} : { [tenantHeader]: tenant }),
        ...(bearerToken === "" ? {} : { [BEARER_TOKEN]: bearerToken }),
      },
    };
  }
}
