import {
  ChannelCredentials,
  type ChannelOptions,
  Client,
  connectivityState,
  credentials,
  type ServiceError,
} from "@grpc/grpc-js";
import type { ClientTls } from "@spoor/daemon";

const CALL_TIMEOUT_MS = 10_000;
const MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** Spreads calls over every address a name resolves to. */
const SERVICE_CONFIG = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });
const MAX_RECONNECT_BACKOFF_MS = 5000;

export interface CollectorClientOptions {
  /** `host:port`, or a gRPC target with a scheme; several share the calls in turn. */
  readonly targets: readonly string[];
  readonly tls?: ClientTls;
  /** Called with each change between connected (to any) and not. */
  readonly onConnected?: (connected: boolean) => void;
}

/** Connections to the collectors, opened when first used; calls carry encoded messages as they are. */
export class CollectorClient {
  readonly #clients: readonly Client[];
  readonly #ready = new Set<Client>();
  readonly #onConnected: (connected: boolean) => void;
  #next = 0;
  #closed = false;

  constructor({ targets, tls, onConnected = () => undefined }: CollectorClientOptions) {
    this.#onConnected = onConnected;
    const options: ChannelOptions = {
      "grpc.service_config": SERVICE_CONFIG,
      "grpc.max_receive_message_length": MAX_REPLY_BYTES,
      "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_BACKOFF_MS,
      ...(tls?.serverName === undefined ? {} : { "grpc.ssl_target_name_override": tls.serverName }),
    };
    const channelCredentials = credentialsOf(tls);
    this.#clients = targets.map((target) => new Client(grpcTarget(target), channelCredentials, options));
    for (const client of this.#clients) this.#watch(client);
  }

  /** One unary call; rejects with grpc-js's `ServiceError`. With several collectors, a connected one is preferred. */
  call(path: string, request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const call = this.#pick().makeUnaryRequest(
        path,
        (message: Uint8Array) => Buffer.from(message.buffer, message.byteOffset, message.byteLength),
        (reply: Buffer) => reply,
        request,
        { deadline: Date.now() + CALL_TIMEOUT_MS },
        (error: ServiceError | null, reply?: Uint8Array) => {
          signal?.removeEventListener("abort", abort);
          if (error !== null) reject(error);
          else resolve(reply ?? new Uint8Array(0));
        },
      );
      const abort = () => call.cancel();
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.close();
  }

  #pick(): Client {
    const count = this.#clients.length;
    for (let i = 0; i < count; i++) {
      const client = this.#clients[(this.#next + i) % count] as Client;
      if (this.#ready.size > 0 && !this.#ready.has(client)) continue;
      this.#next = (this.#next + i + 1) % count;
      return client;
    }
    this.#next = (this.#next + 1) % count;
    return this.#clients[this.#next] as Client;
  }

  #watch(client: Client): void {
    const channel = client.getChannel();
    const look = () => {
      if (this.#closed) return;
      const state = channel.getConnectivityState(true);
      const before = this.#ready.size > 0;
      if (state === connectivityState.READY) this.#ready.add(client);
      else this.#ready.delete(client);
      const now = this.#ready.size > 0;
      if (before !== now) this.#onConnected(now);
      if (state !== connectivityState.SHUTDOWN) {
        channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => look());
      }
    };
    look();
  }
}

/** A target without a host means this machine, as in v1. */
function grpcTarget(target: string): string {
  return target.startsWith(":") ? `localhost${target}` : target;
}

function credentialsOf(tls: ClientTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return ChannelCredentials.createSsl(
    tls.ca ?? null,
    tls.key ?? null,
    tls.cert ?? null,
    tls.skipHostVerify ? { rejectUnauthorized: false, checkServerIdentity: () => undefined } : {},
  );
}
