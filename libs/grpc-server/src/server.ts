import { once } from "node:events";
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import type { TlsOptions } from "node:tls";
import type { BaseLogger } from "pino";
import { ByteBudget } from "./byte-budget.ts";
import { type CallContext, ServerCall, statusHeaders } from "./call.ts";
import { DEFAULT_GRPC_LIMITS, type GrpcLimits } from "./limits.ts";
import { BufferPool } from "./message-assembler.ts";
import type { GrpcMethod, GrpcService } from "./method.ts";
import { guardSession } from "./session-guard.ts";
import { GRPC_STATUS, GrpcError, statusName } from "./status.ts";

/** A started server. */
export interface GrpcServer {
  /** Where it listens; `port` is the real one when 0 was asked for. */
  readonly address: { readonly host: string; readonly port: number };
  /** Takes no new calls, waits for those in flight (at most `drainMs`), then releases the socket. */
  close(): Promise<void>;
  /** Serves new connections with other certificates; only there on a listener with TLS. */
  readonly updateTls?: (tls: TlsOptions) => void;
}

export interface GrpcServerOptions {
  /** "" means every interface, both IP versions. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly services: readonly GrpcService[];
  readonly limits?: Partial<GrpcLimits>;
  readonly tls?: TlsOptions;
  readonly logger: BaseLogger;
  /** Called once per call that ended with another status than OK, with the status' name. */
  readonly onRefused?: (status: string) => void;
}

/** Large enough for a whole message of the default limit, so that a sender need not wait for us within one. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const SWEEP_MS = 1_000;

/** Serves gRPC over plain HTTP/2 or TLS. Resolves when it listens. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = new Http2GrpcServer(options);
  await server.listen(options);
  return server;
}

class Http2GrpcServer implements GrpcServer {
  readonly #limits: GrpcLimits;
  readonly #logger: BaseLogger;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #methods = new Map<string, GrpcMethod>();
  readonly #services: ReadonlySet<string>;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #calls = new Set<ServerCall>();
  readonly #context: CallContext;
  readonly #sweep: NodeJS.Timeout;
  address: GrpcServer["address"] = { host: "", port: 0 };
  readonly updateTls?: (tls: TlsOptions) => void;

  constructor(options: GrpcServerOptions) {
    this.#limits = { ...DEFAULT_GRPC_LIMITS, ...options.limits };
    this.#logger = options.logger;
    this.#services = new Set(options.services.map((service) => service.name));
    for (const service of options.services) {
      for (const [name, method] of Object.entries(service.methods))
        this.#methods.set(`/${service.name}/${name}`, method);
    }
    this.#context = {
      maxMessageBytes: this.#limits.maxMessageBytes,
      budget: new ByteBudget(this.#limits.maxBufferedBytes),
      pool: new BufferPool(),
      logger: options.logger,
      onRefused: options.onRefused ?? (() => {}),
      onClosed: (call) => this.#calls.delete(call),
    };
    const server = this.#create(options.tls);
    this.#server = server;
    if ("setSecureContext" in server) this.updateTls = (tls) => server.setSecureContext(tls);
    this.#sweep = setInterval(() => this.#endSlowCalls(), SWEEP_MS).unref();
  }

  async listen({ host, port }: GrpcServerOptions): Promise<void> {
    this.#server.listen({ port, ...(host !== "" && { host }) });
    try {
      await once(this.#server, "listening");
    } catch (error) {
      clearInterval(this.#sweep);
      throw error;
    }
    const bound = this.#server.address() as AddressInfo;
    this.address = { host: bound.address, port: bound.port };
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    clearInterval(this.#sweep);
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const call of this.#calls) call.endStreaming();
    for (const session of this.#sessions) session.close();
    const forced = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, this.#limits.drainMs);
    await closed;
    clearTimeout(forced);
  }

  #create(tls: TlsOptions | undefined): Http2Server | Http2SecureServer {
    const limits = this.#limits;
    const settings = {
      maxSessionMemory: 64,
      maxHeaderListPairs: 128,
      maxOutstandingPings: 10,
      maxSettings: 32,
      unknownProtocolTimeout: 5_000,
      // Rapid reset: a burst is fine, a stream of resets is an attack.
      streamResetBurst: 1_000,
      streamResetRate: 100,
      settings: {
        enablePush: false,
        initialWindowSize: Math.min(2 ** 31 - 1, Math.max(STREAM_WINDOW_BYTES, limits.maxMessageBytes)),
        maxConcurrentStreams: limits.maxConcurrentStreams,
        maxHeaderListSize: MAX_HEADER_BYTES,
      },
    };
    const server = tls === undefined ? createServer(settings) : createSecureServer({ ...tls, ...settings });
    server.maxConnections = limits.maxConnections;
    server.on("session", (session) => this.#onSession(session));
    server.on("sessionError", (error) => this.#logger.debug({ err: error }, "HTTP/2 session failed"));
    server.on(
      "stream",
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: readonly string[]) =>
        this.#onStream(stream, headers, rawHeaders),
    );
    server.on("tlsClientError", (error: Error) => this.#logger.debug({ err: error }, "TLS handshake failed"));
    return server;
  }

  #onSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once("close", () => this.#sessions.delete(session));
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    guardSession(session, this.#limits);
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void {
    const contentType = headers["content-type"] ?? "";
    const subtype = grpcSubtype(contentType);
    const call = new ServerCall(
      this.#context,
      stream,
      headers,
      rawHeaders,
      subtype === undefined ? "application/grpc" : `application/grpc${subtype}`,
    );
    this.#calls.add(call);
    if (subtype === undefined) {
      this.#refuse(
        call,
        415,
        GRPC_STATUS.INVALID_ARGUMENT,
        `invalid gRPC request content-type ${JSON.stringify(contentType)}`,
      );
      return;
    }
    if (headers[":method"] !== "POST") {
      const reason = `Received a HEADERS frame with :method ${JSON.stringify(headers[":method"])} which should be POST`;
      this.#refuse(call, 405, GRPC_STATUS.INTERNAL, reason);
      return;
    }
    const path = String(headers[":path"] ?? "");
    const method = this.#methods.get(path);
    if (method === undefined) this.#refuse(call, 200, GRPC_STATUS.UNIMPLEMENTED, this.#unimplemented(path));
    else call.run(method);
  }

  #refuse(call: ServerCall, httpStatus: number, code: number, reason: string): void {
    this.#context.onRefused(statusName(code));
    call.refuse(httpStatus, statusHeaders(new GrpcError(code, reason)));
  }

  #unimplemented(path: string): string {
    const name = path.startsWith("/") ? path.slice(1) : path;
    const slash = name.lastIndexOf("/");
    if (slash < 0) return `malformed method name: ${JSON.stringify(path)}`;
    const service = name.slice(0, slash);
    return this.#services.has(service)
      ? `unknown method ${name.slice(slash + 1)} for service ${service}`
      : `unknown service ${service}`;
  }

  #endSlowCalls(): void {
    const oldestMs = Date.now() - this.#limits.readTimeoutMs;
    for (const call of this.#calls) {
      const since = call.waitingSinceMs;
      if (since !== undefined && since < oldestMs) {
        call.fail(new GrpcError(GRPC_STATUS.DEADLINE_EXCEEDED, "the request did not arrive in time"));
      }
    }
  }
}

/** What follows `application/grpc` in a gRPC content type, `undefined` when it is none. Parameters are dropped. */
function grpcSubtype(contentType: string): string | undefined {
  if (contentType === "application/grpc") return "";
  const match = /^application\/grpc(?:(\+[a-z0-9.-]*)|;.*)$/i.exec(contentType);
  return match === null ? undefined : (match[1] ?? "").toLowerCase();
}
