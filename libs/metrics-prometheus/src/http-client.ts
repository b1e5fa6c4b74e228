import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import { pipeline, type Readable } from "node:stream";
import * as zlib from "node:zlib";
import { StorageError } from "@spoor/storage-api";
import { closed, queryFailure } from "./errors.ts";
import type { PrometheusLimits, PrometheusTls } from "./options.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** Where the server says that it is, instead. */
  readonly location?: string | undefined;
}

export interface HttpClientOptions {
  readonly url: URL;
  readonly connectTimeoutMs: number;
  readonly tls: PrometheusTls | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly limits: PrometheusLimits;
}

/** Posts forms below one URL, with bounds for time and memory. */
export class HttpClient {
  /** The URL as messages may show it: without a password. */
  readonly shownUrl: string;
  readonly #options: HttpClientOptions;
  readonly #basePath: string;
  readonly #basicAuthorization: string | undefined;
  #agent: http.Agent;
  #pendingBytes = 0;
  #closed = false;

  constructor(options: HttpClientOptions) {
    const { url } = options;
    this.#options = options;
    this.#basePath = url.pathname.replace(/\/+$/, "");
    this.shownUrl = `${url.origin}${this.#basePath}`;
    this.#basicAuthorization =
      url.username === "" && url.password === "" ? undefined : basicAuthorization(url.username, url.password);
    this.#agent = createAgent(options, options.tls);
  }

  /** Uses other certificates for new connections. */
  updateTls(tls: PrometheusTls): void {
    const old = this.#agent;
    this.#agent = createAgent(this.#options, tls);
    // Requests under way keep their connections; those that idle are of no more use.
    for (const sockets of Object.values(old.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  /**
   * Posts the form to `path`; a server that takes no POST there is asked with GET, as v1's client does. Without an answer within the
   * limits this rejects: with `UNAVAILABLE`, or `OVERLOADED` when too much is under way here, or the signal's reason.
   */
  async send(
    path: string,
    form: URLSearchParams,
    authorization: string | undefined,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> {
    const answer = await this.#request("POST", path, form, authorization, signal);
    if (answer.status !== 405 && answer.status !== 501) return answer;
    return this.#request("GET", path, form, authorization, signal);
  }

  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  async #request(
    method: "POST" | "GET",
    path: string,
    form: URLSearchParams,
    authorization: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    if (this.#closed) throw closed();
    signal?.throwIfAborted();
    const { limits } = this.#options;
    const timeout = AbortSignal.timeout(limits.requestTimeoutMs);
    let sent: http.ClientRequest | undefined;
    try {
      const body = method === "POST" ? Buffer.from(form.toString()) : undefined;
      sent = this.#create(method, path, form, body, authorization ?? this.#basicAuthorization, [
        timeout,
        ...(signal === undefined ? [] : [signal]),
      ]);
      this.#limitConnectTime(sent);
      const response = await responseTo(sent, body);
      return {
        status: response.statusCode ?? 0,
        body: await this.#bodyOf(response),
        location: response.headers.location,
      };
    } catch (error) {
      sent?.destroy();
      if (error instanceof StorageError) throw error;
      if (signal?.aborted === true) throw signal.reason;
      if (this.#closed) throw closed();
      throw this.#unreachable(timeout.aborted ? `none within ${limits.requestTimeoutMs} ms` : textOf(error), error);
    }
  }

  #create(
    method: "POST" | "GET",
    path: string,
    form: URLSearchParams,
    body: Buffer | undefined,
    authorization: string | undefined,
    signals: readonly AbortSignal[],
  ): http.ClientRequest {
    const { url } = this.#options;
    const parameters = [url.search.slice(1), method === "GET" ? String(form) : ""].filter((each) => each !== "");
    const { request } = url.protocol === "https:" ? https : http;
    return request({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? undefined : Number(url.port),
      method,
      path: `${this.#basePath}${path}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`,
      agent: this.#agent,
      headers: {
        "accept-encoding": "gzip",
        ...(body === undefined
          ? {}
          : { "content-type": "application/x-www-form-urlencoded", "content-length": body.length }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      signal: AbortSignal.any([...signals]),
    });
  }

  /** A request is sent once the connection, with its TLS, stands. */
  #limitConnectTime(sent: http.ClientRequest): void {
    const { connectTimeoutMs } = this.#options;
    if (connectTimeoutMs <= 0) return;
    sent.once("socket", () => {
      if (sent.reusedSocket) return;
      const timer = setTimeout(
        () => sent.destroy(new Error(`no connection within ${connectTimeoutMs} ms (--prometheus.connect-timeout)`)),
        connectTimeoutMs,
      );
      for (const event of ["finish", "response", "close"]) sent.once(event, () => clearTimeout(timer));
    });
  }

  async #bodyOf(response: http.IncomingMessage): Promise<Buffer> {
    const { maxAnswerBytes, maxPendingBytes } = this.#options.limits;
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of decompressed(response) as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        this.#pendingBytes += chunk.length;
        chunks.push(chunk);
        if (bytes > maxAnswerBytes) {
          throw queryFailure(
            "INVALID_QUERY",
            "bad_response",
            `the answer has more than ${maxAnswerBytes} bytes: ask for a shorter time, larger steps or fewer services`,
          );
        }
        if (this.#pendingBytes > maxPendingBytes) {
          throw queryFailure("OVERLOADED", "bad_response", "too many answers are under way", { retryAfterMs: 1000 });
        }
      }
      return Buffer.concat(chunks);
    } finally {
      this.#pendingBytes -= bytes;
    }
  }

  #unreachable(text: string, cause: unknown): StorageError {
    return new StorageError(
      "UNAVAILABLE",
      `failed executing metrics query: no answer from ${this.shownUrl} (--prometheus.server-url): ${text}`,
      { cause },
    );
  }
}

function createAgent({ url, environment, limits }: HttpClientOptions, tls: PrometheusTls | undefined): http.Agent {
  const common = {
    keepAlive: true,
    maxSockets: limits.maxRequests,
    // As Go: what is on this machine is never asked by way of a proxy.
    ...(isLoopback(url.hostname) ? {} : { proxyEnv: environment }),
  };
  if (url.protocol !== "https:") return new http.Agent(common);
  return new https.Agent({
    ...common,
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: tls?.skipHostVerify !== true,
  });
}

function isLoopback(hostname: string): boolean {
  if (hostname === "localhost" || hostname === "[::1]") return true;
  return isIP(hostname) === 4 && hostname.startsWith("127.");
}

function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString("base64")}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function responseTo(sent: http.ClientRequest, body: Buffer | undefined): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Stays: what comes after the answer's head, such as a reset, is told by the answer's own stream.
    sent.on("error", reject);
    sent.once("response", resolve);
    sent.end(body);
  });
}

function decompressed(response: http.IncomingMessage): Readable {
  if (response.headers["content-encoding"] !== "gzip") return response;
  const gunzip = zlib.createGunzip();
  // Its reader gets the error.
  pipeline(response, gunzip, () => undefined);
  return gunzip;
}

/** An error that joins those of several addresses has no message of its own. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(textOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
