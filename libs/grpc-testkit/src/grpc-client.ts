import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";

export interface GrpcAnswer {
  readonly httpStatus: number | undefined;
  readonly contentType: string | undefined;
  /** `undefined` when the server sent none. */
  readonly code: number | undefined;
  readonly message: string;
  readonly details: Buffer | undefined;
  readonly messages: readonly Buffer[];
  readonly rstCode: number;
}

export interface GrpcRequest {
  readonly path: string;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string | string[]>> | undefined;
  /** Bytes of the body as they are. */
  readonly body: Uint8Array;
  /** Leave the request open after the body. */
  readonly keepOpen?: boolean;
}

/** A length-prefixed message. */
export function framed(message: Uint8Array, flag = 0): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame[0] = flag;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** A connection that speaks as little gRPC as tests of a server need. */
export class GrpcClient {
  readonly session: ClientHttp2Session;

  constructor(port: number) {
    this.session = connect(`http://127.0.0.1:${port}`);
    this.session.on("error", () => {});
  }

  /** A stream that the test drives itself. */
  open({ path, method, headers, body, keepOpen }: GrpcRequest): ClientHttp2Stream {
    const stream = this.session.request({
      ":method": method ?? "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    stream.on("error", () => {});
    if (keepOpen) stream.write(body);
    else stream.end(body);
    return stream;
  }

  call(request: GrpcRequest): Promise<GrpcAnswer> {
    return answerOf(this.open(request));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.session.destroyed) resolve();
      else {
        this.session.once("close", resolve);
        this.session.destroy();
      }
    });
  }
}

/** What a stream brought once it closed. */
export function answerOf(stream: ClientHttp2Stream): Promise<GrpcAnswer> {
  const all: Record<string, unknown> = {};
  const chunks: Buffer[] = [];
  let httpStatus: number | undefined;
  stream.on("response", (headers) => {
    httpStatus = headers[":status"];
    Object.assign(all, headers);
  });
  stream.on("trailers", (headers) => Object.assign(all, headers));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    stream.on("close", () => {
      const details = all["grpc-status-details-bin"];
      resolve({
        httpStatus,
        contentType: all["content-type"] as string | undefined,
        code: all["grpc-status"] === undefined ? undefined : Number(all["grpc-status"]),
        message: decodeURIComponent(String(all["grpc-message"] ?? "")),
        details: details === undefined ? undefined : Buffer.from(String(details), "base64"),
        messages: messagesOf(Buffer.concat(chunks)),
        rstCode: stream.rstCode,
      });
    });
  });
}

function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return messages;
}
