import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { ClientTls } from "@spoor/daemon";
import { ChannelPool, type ChannelPoolOptions } from "./channel-pool.ts";

const CALL_TIMEOUT_MS = 10_000;

/** Where to, and how: the same for every call. */
export type GrpcClientOptions = ChannelPoolOptions;

export interface CallOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long the whole call may take; of a stream of replies, how long each may let wait for itself. Default: ten seconds. */
  readonly timeoutMs?: number;
  /** Metadata of the request by its key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const serialize = (message: Uint8Array): Buffer => Buffer.from(message.buffer, message.byteOffset, message.byteLength);
const deserialize = (reply: Buffer): Buffer => reply;

/**
 * Connections to servers, opened when first used and again when lost; calls carry encoded messages as they are and reject with grpc-js's
 * `ServiceError`. With several targets, a connected one is preferred.
 */
export class GrpcClient {
  readonly #channels: ChannelPool;

  constructor(options: GrpcClientOptions) {
    this.#channels = new ChannelPool(options);
  }

  /** Connects anew with other certificates; calls go on over the connections there are until the new ones stand. */
  updateTls(tls: ClientTls): void {
    this.#channels.updateTls(tls);
  }

  /** One request, one reply. */
  call(path: string, request: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const metadata = metadataOf(options);
      const client = this.#channels.take();
      const settle = settler(signal, () => call.cancel(), resolve, reject);
      const call = client.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        request,
        metadata,
        { deadline: deadlineOf(options) },
        (error, reply?: Buffer) => {
          this.#channels.giveBack(client);
          settle(error, reply);
        },
      );
    });
  }

  /** Many requests, each made when the connection has room for it; one reply. */
  send(path: string, requests: Iterable<Uint8Array>, options: CallOptions = {}): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      let over = false;
      const metadata = metadataOf(options);
      const client = this.#channels.take();
      const settle = settler(signal, () => call.cancel(), resolve, reject);
      const call = client.makeClientStreamRequest(
        path,
        serialize,
        deserialize,
        metadata,
        { deadline: deadlineOf(options) },
        (error, reply?: Buffer) => {
          over = true;
          this.#channels.giveBack(client);
          settle(error, reply);
        },
      );
      // A server that answers early makes the rest of the requests fail; its answer says why.
      call.on("error", () => undefined);
      const rest = requests[Symbol.iterator]();
      const pump = (): void => {
        try {
          while (!over) {
            const next = rest.next();
            if (next.done) {
              call.end();
              return;
            }
            if (!call.write(next.value)) {
              call.once("drain", pump);
              return;
            }
          }
        } catch (error) {
          reject(error);
          call.cancel();
        }
      };
      pump();
    });
  }

  /** One request, many replies, which come no faster than they are taken. */
  async *stream(path: string, request: Uint8Array, options: CallOptions = {}): AsyncGenerator<Uint8Array> {
    const { signal, timeoutMs = CALL_TIMEOUT_MS } = options;
    signal?.throwIfAborted();
    const metadata = metadataOf(options);
    const client = this.#channels.take();
    const call = client.makeServerStreamRequest(path, serialize, deserialize, request, metadata);
    const abort = () => call.cancel();
    signal?.addEventListener("abort", abort, { once: true });
    let overdue = false;
    const start = () =>
      setTimeout(() => {
        overdue = true;
        call.cancel();
      }, timeoutMs);
    let timer = start();
    try {
      for await (const reply of call as AsyncIterable<Buffer>) {
        // The caller may take its time.
        clearTimeout(timer);
        yield reply;
        timer = start();
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (overdue) throw Object.assign(error as object, { code: status.DEADLINE_EXCEEDED });
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      call.cancel();
      this.#channels.giveBack(client);
    }
  }

  close(): void {
    this.#channels.close();
  }
}

type Callback = (error: ServiceError | null, reply?: Buffer) => void;

function settler(
  signal: AbortSignal | undefined,
  cancel: () => void,
  resolve: (reply: Uint8Array) => void,
  reject: (error: unknown) => void,
): Callback {
  signal?.addEventListener("abort", cancel, { once: true });
  return (error, reply) => {
    signal?.removeEventListener("abort", cancel);
    if (error === null) resolve(reply ?? new Uint8Array(0));
    else reject(signal?.aborted ? signal.reason : error);
  };
}

function deadlineOf({ timeoutMs = CALL_TIMEOUT_MS }: CallOptions): number {
  return Date.now() + timeoutMs;
}

function metadataOf({ metadata = {} }: CallOptions): Metadata {
  const made = new Metadata();
  for (const [key, value] of Object.entries(metadata)) made.set(key, value);
  return made;
}
