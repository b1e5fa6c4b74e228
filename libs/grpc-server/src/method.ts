import type { IncomingHttpHeaders } from "node:http2";

/** What a method sees of its call. */
export interface GrpcCall {
  /** The request's metadata as node has it; repeated values of one key are joined with `, `. */
  readonly headers: IncomingHttpHeaders;
  /** Every value of a metadata key, in order. */
  values(key: string): string[];
  /** Aborted when the deadline passes or the client goes; only there when the client set a deadline. */
  readonly signal: AbortSignal | undefined;
}

/** One request, one reply: the reply's message bytes, or a thrown {@link GrpcError}. */
export interface UnaryMethod {
  readonly kind: "unary";
  /** True: `handle` is done with the request's bytes when it returns (not when its promise settles), and they are used again. */
  readonly copiesRequest?: boolean;
  handle(request: Buffer, call: GrpcCall): Uint8Array | Promise<Uint8Array>;
}

/** The sending side of a streaming call. */
export interface GrpcReplies {
  /** Sends a message. False: the client does not read, and a megabyte of replies waits for it. */
  send(message: Uint8Array): boolean;
  /** Resolves when the queue is empty enough to go on, or the call is over. */
  drained(): Promise<void>;
  /** Adds to the reply's initial metadata; only before the first message. */
  header(name: string, value: string): void;
  /** Takes no more requests off the connection for now; those that came together with the last still follow. */
  pause(): void;
  /** Goes on after {@link pause}. */
  resume(): void;
  /** Ends the call well. */
  end(): void;
  /** Ends the call with a status. */
  fail(error: unknown): void;
}

/** The receiving side of a streaming call. */
export interface StreamHandler {
  message(request: Buffer): void;
  /** The client sends no more. */
  end(): void;
  /** The call is over, for whatever reason. Called once. */
  closed(): void;
}

export interface StreamingMethod {
  readonly kind: "streaming";
  open(replies: GrpcReplies, call: GrpcCall): StreamHandler;
}

export type GrpcMethod = UnaryMethod | StreamingMethod;

/** Methods by name, of one service. */
export interface GrpcService {
  /** Full name, such as `jaeger.api_v2.CollectorService`. */
  readonly name: string;
  readonly methods: Readonly<Record<string, GrpcMethod>>;
}
