import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { type Encoding, encodingOf, InflateError, inflate } from "@spoor/inflate";
import type { BaseLogger } from "pino";
import type { ByteBudget } from "./byte-budget.ts";
import { type BufferPool, MessageAssembler } from "./message-assembler.ts";
import type { GrpcCall, GrpcMethod, GrpcReplies, StreamHandler } from "./method.ts";
import { encodeGrpcMessage, GRPC_STATUS, GrpcError, statusName } from "./status.ts";
import { parseGrpcTimeout } from "./timeout.ts";

/** What calls share with their server. */
export interface CallContext {
  readonly maxMessageBytes: number;
  readonly budget: ByteBudget;
  readonly pool: BufferPool;
  readonly logger: BaseLogger;
  /** Called once per call that ended with another status than OK. */
  readonly onRefused: (status: string) => void;
  /** The call is over. */
  readonly onClosed: (call: ServerCall) => void;
}

/** Compressions of messages that v1's servers know, and `deflate` of the gRPC specification. */
const GRPC_ENCODINGS = new Set(["gzip", "deflate", "snappy", "zstd"]);
/** Of a stream whose client does not read. */
const MAX_QUEUED_REPLY_BYTES = 1024 * 1024;
/** A message of no fields, framed: what PostSpans answers. */
const EMPTY_REPLY = Buffer.alloc(5);
const OK_TRAILERS = { "grpc-status": "0" };
/** Node 24 does, older ones throw. */
const TAKES_RAW_HEADERS = Number.parseInt(process.versions.node, 10) >= 24;
const PLAIN_RESPONSE = [":status", "200", "content-type", "application/grpc"];

/**
 * One call on one HTTP/2 stream: collects the request, runs the method, answers. The stream's events are the only thing it
 * lives by; after `close` nothing of it remains.
 */
export class ServerCall implements GrpcCall, GrpcReplies {
  readonly headers: IncomingHttpHeaders;
  readonly startedMs: number = Date.now();
  readonly #context: CallContext;
  readonly #stream: ServerHttp2Stream;
  readonly #rawHeaders: readonly string[];
  readonly #contentType: string;
  #assembler: MessageAssembler | undefined;
  #method: GrpcMethod | undefined;
  #handler: StreamHandler | undefined;
  #encoding: Encoding | undefined;
  /** What the `grpc-encoding` header said, when that is not the plain form. */
  #encodingName = "";
  #abort: AbortController | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #heldBytes = 0;
  /** The request is whole, and the method has it. */
  #received = false;
  #responded = false;
  /** Names and values in turn. */
  readonly #initialMetadata: string[] = [];
  #trailers: Readonly<Record<string, string>> = OK_TRAILERS;
  #finished = false;
  #inboundEnded = false;
  /** Inflating keeps the order of a stream's messages. */
  #inflating: Promise<void> | undefined;

  constructor(
    context: CallContext,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    contentType: string,
  ) {
    this.#context = context;
    this.#stream = stream;
    this.headers = headers;
    this.#rawHeaders = rawHeaders;
    this.#contentType = contentType;
    stream.on("error", (error) => context.logger.debug({ err: error }, "gRPC stream failed"));
    stream.on("close", () => this.#onClose());
  }

  get signal(): AbortSignal | undefined {
    return this.#abort?.signal;
  }

  /** Milliseconds since the epoch when an unfinished request began; `undefined` once it is whole or a long-lived stream. */
  get waitingSinceMs(): number | undefined {
    return this.#received || this.#finished || this.#method?.kind === "streaming" ? undefined : this.startedMs;
  }

  /** Ends a long-lived stream, for a server that goes down. */
  endStreaming(): void {
    if (this.#handler !== undefined) this.fail(new GrpcError(GRPC_STATUS.UNAVAILABLE, "server is shutting down"));
  }

  values(key: string): string[] {
    const found: string[] = [];
    for (let i = 0; i < this.#rawHeaders.length; i += 2) {
      if (this.#rawHeaders[i] === key) found.push(this.#rawHeaders[i + 1] as string);
    }
    return found;
  }

  /** Reads the request and runs the method. */
  run(method: GrpcMethod): void {
    this.#method = method;
    const encoding = this.headers["grpc-encoding"];
    if (encoding !== undefined && encoding !== "" && encoding !== "identity") {
      const name = String(encoding);
      this.#encoding = GRPC_ENCODINGS.has(name) ? encodingOf(name) : undefined;
      this.#encodingName = name;
      if (this.#encoding === undefined) {
        const reason = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(name)}`;
        this.fail(new GrpcError(GRPC_STATUS.UNIMPLEMENTED, reason));
        return;
      }
    }
    if (!this.#startDeadline()) return;
    const { maxMessageBytes, pool } = this.#context;
    this.#assembler = new MessageAssembler(
      maxMessageBytes,
      (bytes, compressed) => this.#takeMessage(bytes, compressed),
      // Compressed bytes may wait for their turn; they are not for the pool.
      method.kind === "unary" && method.copiesRequest && this.#encoding === undefined ? pool : undefined,
    );
    if (method.kind === "streaming") this.#handler = method.open(this, this);
    const stream = this.#stream;
    stream.on("data", (chunk: Buffer) => this.#onData(chunk));
    stream.on("end", () => this.#onEnd());
    stream.on("aborted", () => this.#abort?.abort());
  }

  send(message: Uint8Array): boolean {
    if (this.#finished || this.#stream.destroyed) return true;
    this.#respond();
    this.#stream.write(framed(message));
    return this.#stream.writableLength <= MAX_QUEUED_REPLY_BYTES;
  }

  drained(): Promise<void> {
    const stream = this.#stream;
    if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off("drain", done);
        stream.off("close", done);
        resolve();
      };
      stream.on("drain", done);
      stream.on("close", done);
    });
  }

  header(name: string, value: string): void {
    this.#initialMetadata.push(name, value);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(): void {
    if (this.#finish(GRPC_STATUS.OK)) {
      this.#respond();
      this.#stream.end();
    }
  }

  fail(error: unknown): void {
    const failure = this.#failureOf(error);
    if (!this.#finish(failure.code)) return;
    const status = statusHeaders(failure);
    if (this.#responded) {
      this.#trailers = status;
      this.#stream.end();
      return;
    }
    this.refuse(200, status);
  }

  /** Answers with a status alone: headers that are trailers too. */
  refuse(httpStatus: number, status: Readonly<Record<string, string>>): void {
    this.#finished = true;
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    stream.respond({ ":status": httpStatus, "content-type": this.#contentType, ...status }, {
      endStream: true,
      sendDate: false,
    } as object);
    this.#stopReading();
  }

  #startDeadline(): boolean {
    const value = this.headers["grpc-timeout"];
    if (value === undefined) return true;
    const timeoutMs = parseGrpcTimeout(String(value));
    if (typeof timeoutMs === "string") {
      this.#finish(GRPC_STATUS.INTERNAL);
      const reason = new GrpcError(GRPC_STATUS.INTERNAL, `malformed grpc-timeout: ${timeoutMs}`);
      this.refuse(400, statusHeaders(reason));
      return false;
    }
    this.#abort = new AbortController();
    this.#deadline = setTimeout(() => {
      this.fail(new GrpcError(GRPC_STATUS.DEADLINE_EXCEEDED, "context deadline exceeded"));
      this.#abort?.abort();
    }, timeoutMs);
    return true;
  }

  #onData(chunk: Buffer): void {
    if (this.#finished || (this.#received && this.#method?.kind === "unary")) return;
    if (!this.#context.budget.take(chunk.length)) {
      this.fail(new GrpcError(GRPC_STATUS.RESOURCE_EXHAUSTED, "too many bytes of requests in flight"));
      return;
    }
    this.#heldBytes += chunk.length;
    try {
      this.#assembler?.push(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  #takeMessage(bytes: Buffer, compressed: boolean): void {
    // A unary call has one message; v1 takes the first and ignores the rest.
    if (this.#finished || (this.#received && this.#method?.kind === "unary")) return;
    this.#received = true;
    const message = compressed ? this.#inflate(bytes) : bytes;
    if (message instanceof Buffer && this.#inflating === undefined) {
      this.#dispatch(message);
      return;
    }
    this.#inflating = (this.#inflating ?? Promise.resolve())
      .then(() => message)
      .then((inflated) => {
        if (!this.#finished) this.#dispatch(inflated);
      })
      .catch((error) => this.fail(error));
  }

  #inflate(bytes: Buffer): Buffer | Promise<Buffer> {
    if (this.#encoding === undefined) {
      throw new GrpcError(GRPC_STATUS.INTERNAL, "grpc: compressed flag set with identity or empty encoding");
    }
    const message = inflate(this.#encoding, bytes, this.#context.maxMessageBytes);
    // It waits behind earlier messages, which may fail first.
    if (message instanceof Promise) message.catch(() => {});
    return message;
  }

  #dispatch(message: Buffer): void {
    const method = this.#method;
    try {
      if (method?.kind === "unary") {
        const reply = method.handle(message, this);
        if (reply instanceof Uint8Array) this.#reply(reply);
        else
          reply.then(
            (bytes) => this.#reply(bytes),
            (error) => this.fail(error),
          );
      } else {
        this.#handler?.message(message);
        if (!this.#assembler?.partial) this.#release();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #reply(message: Uint8Array): void {
    if (!this.#finish(GRPC_STATUS.OK) || this.#stream.destroyed) return;
    this.#respond();
    this.#stream.end(framed(message));
  }

  #respond(): void {
    if (this.#responded) return;
    this.#responded = true;
    const response =
      this.#contentType === "application/grpc" && this.#initialMetadata.length === 0
        ? PLAIN_RESPONSE
        : [":status", "200", "content-type", this.#contentType, ...this.#initialMetadata];
    // A raw list is the cheapest form of headers; `sendDate` is not in node's types.
    this.#stream.respond(TAKES_RAW_HEADERS ? response : headersOf(response), {
      waitForTrailers: true,
      sendDate: false,
    } as object);
    this.#stream.on("wantTrailers", () => {
      this.#stream.sendTrailers(this.#trailers);
      // Not before they are out: a reset overtakes what still waits to be sent.
      if (!this.#inboundEnded) setImmediate(() => this.#stopReading());
    });
  }

  /** The answer is out while the client still sends: tell it to stop (RST_STREAM, NO_ERROR). */
  #stopReading(): void {
    const stream = this.#stream;
    if (this.#inboundEnded || stream.readableEnded || stream.destroyed) return;
    stream.resume();
    stream.close(0);
  }

  #onEnd(): void {
    this.#inboundEnded = true;
    if (this.#finished) return;
    if (this.#assembler?.partial) this.fail(new GrpcError(GRPC_STATUS.UNKNOWN, "unexpected EOF"));
    else if (this.#handler !== undefined) this.#afterInflating(() => this.#handler?.end());
    else if (!this.#received) this.fail(new GrpcError(GRPC_STATUS.UNKNOWN, "EOF"));
  }

  #afterInflating(action: () => void): void {
    if (this.#inflating === undefined) action();
    else this.#inflating.then(action);
  }

  #onClose(): void {
    this.#finished = true;
    clearTimeout(this.#deadline);
    this.#release();
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.closed();
    this.#context.onClosed(this);
  }

  /** True for the first who finishes the call. */
  #finish(code: number): boolean {
    if (this.#finished) return false;
    this.#finished = true;
    clearTimeout(this.#deadline);
    this.#release();
    if (code !== GRPC_STATUS.OK) this.#context.onRefused(statusName(code));
    return true;
  }

  #release(): void {
    this.#context.budget.give(this.#heldBytes);
    this.#heldBytes = 0;
  }

  #failureOf(error: unknown): GrpcError {
    if (error instanceof GrpcError) return error;
    if (error instanceof InflateError) return inflateFailure(error, this.#encodingName, this.#context.maxMessageBytes);
    this.#context.logger.error({ err: error }, "gRPC method failed");
    return new GrpcError(GRPC_STATUS.INTERNAL, "internal error", { cause: error });
  }
}

function inflateFailure(error: InflateError, encoding: string, maxBytes: number): GrpcError {
  if (error.code === "TOO_LARGE") {
    const reason = `grpc: received message after decompression larger than max ${maxBytes}`;
    return new GrpcError(GRPC_STATUS.RESOURCE_EXHAUSTED, reason, { cause: error });
  }
  // Where Go's gzip reader fails already when it opens; the others when they are read.
  const what = encoding === "gzip" ? "failed to decompress the message" : "failed to read decompressed data";
  return new GrpcError(GRPC_STATUS.INTERNAL, `grpc: ${what}: ${error.message}`, { cause: error });
}

/** The trailers of a failed call. */
export function statusHeaders(failure: GrpcError): Record<string, string> {
  return {
    "grpc-status": String(failure.code),
    "grpc-message": encodeGrpcMessage(failure.message),
    ...(failure.details !== undefined && {
      "grpc-status-details-bin": Buffer.from(failure.details).toString("base64").replace(/=+$/, ""),
    }),
  };
}

function framed(message: Uint8Array): Buffer {
  if (message.length === 0) return EMPTY_REPLY;
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** Names and values in turn as an object of headers; a repeated name keeps every value. */
function headersOf(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = [raw[i] as string, raw[i + 1] as string];
    const known = headers[name];
    headers[name] = known === undefined ? value : [...(typeof known === "string" ? [known] : known), value];
  }
  return headers;
}
