import { ChannelCredentials, type ChannelOptions, Client, connectivityState, credentials } from "@grpc/grpc-js";
import type { ClientTls } from "@spoor/daemon";
import { hostNameOf, watchAddresses } from "./address-watch.ts";

const MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** Spreads calls over every address a name resolves to. */
const SERVICE_CONFIG = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });
const MAX_RECONNECT_BACKOFF_MS = 5000;
/** As Go's resolver at most. */
const RESOLVE_EVERY_MS = 30_000;

export interface ChannelPoolOptions {
  /** `host:port`, or a gRPC target with a scheme; several share the calls in turn. */
  readonly targets: readonly string[];
  readonly tls?: ClientTls;
  /** Bytes of one reply message; 4 MiB unless given. */
  readonly maxReplyBytes?: number;
  /** Milliseconds before the first attempt to connect again; doubled up to five seconds. */
  readonly firstBackoffMs?: number;
  /** How often names in targets are looked up again; new addresses come into use without a failed call. Default: 30 s. */
  readonly resolveEveryMs?: number;
  /** Called with each change between connected (to any) and not. */
  readonly onConnected?: (connected: boolean) => void;
}

/**
 * A channel for each target, opened at once and again when lost. Of the channels, connected ones are taken in turn; one whose target has
 * other certificates or addresses than before gets a successor, which takes its place once it is connected.
 */
export class ChannelPool {
  readonly #clients: Client[];
  readonly #targets: readonly string[];
  readonly #channelOptions: ChannelOptions;
  #credentials: ChannelCredentials;
  /** By place in `#clients`: who takes it once connected. */
  readonly #successors = new Map<number, Client>();
  readonly #watches: readonly { close(): void }[];
  readonly #ready = new Set<Client>();
  /** How many calls are under way, and who has a successor and closes when they are over. */
  readonly #calls = new Map<Client, number>();
  readonly #retired = new Set<Client>();
  readonly #onConnected: (connected: boolean) => void;
  #next = 0;
  #closed = false;

  constructor(options: ChannelPoolOptions) {
    const { targets, tls, firstBackoffMs, onConnected = () => undefined } = options;
    this.#onConnected = onConnected;
    this.#targets = targets.map(grpcTarget);
    this.#channelOptions = {
      "grpc.service_config": SERVICE_CONFIG,
      "grpc.max_receive_message_length": options.maxReplyBytes ?? MAX_REPLY_BYTES,
      "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_BACKOFF_MS,
      ...(firstBackoffMs === undefined ? {} : { "grpc.initial_reconnect_backoff_ms": firstBackoffMs }),
      ...(tls?.serverName === undefined ? {} : { "grpc.ssl_target_name_override": tls.serverName }),
    };
    this.#credentials = credentialsOf(tls);
    this.#clients = this.#targets.map((target) => new Client(target, this.#credentials, this.#channelOptions));
    for (const client of this.#clients) this.#watch(client);
    this.#watches = this.#targets.flatMap((target, index) => {
      const name = hostNameOf(target);
      if (name === undefined) return [];
      return [watchAddresses(name, options.resolveEveryMs ?? RESOLVE_EVERY_MS, () => this.#replace(index))];
    });
  }

  /** Connects anew with other certificates; calls go on over the connections there are until the new ones stand. */
  updateTls(tls: ClientTls): void {
    this.#credentials = credentialsOf(tls);
    for (const index of this.#clients.keys()) this.#replace(index);
  }

  /** The channel for the next call, which {@link giveBack} must follow. */
  take(): Client {
    const client = this.#pick();
    this.#calls.set(client, (this.#calls.get(client) ?? 0) + 1);
    return client;
  }

  /** A call that took the channel is over. */
  giveBack(client: Client): void {
    const calls = (this.#calls.get(client) ?? 0) - 1;
    if (calls > 0) this.#calls.set(client, calls);
    else this.#calls.delete(client);
    this.#closeIdle(client);
  }

  close(): void {
    this.#closed = true;
    for (const watch of this.#watches) watch.close();
    for (const client of [...this.#clients, ...this.#successors.values(), ...this.#retired]) client.close();
  }

  /** A new channel for a target, which takes over once it is connected, so that no call waits for it. */
  #replace(index: number): void {
    if (this.#closed) return;
    this.#successors.get(index)?.close();
    const successor = new Client(this.#targets[index] as string, this.#credentials, this.#channelOptions);
    this.#successors.set(index, successor);
    this.#watch(successor, () => {
      if (this.#successors.get(index) !== successor) return;
      this.#successors.delete(index);
      const old = this.#clients[index] as Client;
      this.#clients[index] = successor;
      this.#ready.delete(old);
      this.#retired.add(old);
      this.#closeIdle(old);
    });
  }

  /** A channel that is closed lets calls end that have a connection, but not those that are still about to get one. */
  #closeIdle(client: Client): void {
    if (this.#calls.has(client) || !this.#retired.delete(client)) return;
    client.close();
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

  #watch(client: Client, onReady: () => void = () => undefined): void {
    const channel = client.getChannel();
    const look = () => {
      if (this.#closed) return;
      const state = channel.getConnectivityState(true);
      const before = this.#ready.size > 0;
      if (state === connectivityState.READY) {
        this.#ready.add(client);
        onReady();
      } else this.#ready.delete(client);
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
