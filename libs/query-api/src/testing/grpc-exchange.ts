import { once } from "node:events";
import { connect, constants } from "node:http2";
import type { RecordedCase } from "./recorded.ts";

export interface GrpcAnswer {
  readonly httpStatus: number;
  readonly code: number;
  readonly message: string;
  readonly messages: readonly Buffer[];
}

/** Sends one call over HTTP/2 by hand, so that wrong ones can be sent as well. */
export async function exchangeGrpc(url: string, item: RecordedCase<unknown>): Promise<GrpcAnswer> {
  const session = connect(url);
  try {
    const { request } = item;
    const head = {
      [constants.HTTP2_HEADER_METHOD]: request.method ?? "POST",
      [constants.HTTP2_HEADER_PATH]: request.path,
      te: "trailers",
      "content-type": "application/grpc",
      ...(request.headers as Record<string, string> | undefined),
    };
    const stream = session.request(head, { endStream: false });
    let headers: Record<string, unknown> = {};
    stream.on("response", (received) => {
      headers = { ...headers, ...received };
    });
    stream.on("trailers", (received) => {
      headers = { ...headers, ...received };
    });
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.end(bodyOf(item));
    await once(stream, "close");
    return {
      httpStatus: Number(headers[":status"]),
      code: Number(headers["grpc-status"]),
      message: decodeURIComponent(String(headers["grpc-message"] ?? "")),
      messages: framesOf(Buffer.concat(chunks)),
    };
  } finally {
    session.destroy();
  }
}

function bodyOf({ request, requestBase64 = "" }: RecordedCase<unknown>): Buffer {
  const body = Buffer.from(requestBase64, "base64");
  if (request.rawFraming === true) return body;
  const frame = Buffer.alloc(5);
  frame[0] = request.compressed === true ? 1 : 0;
  frame.writeUInt32BE(body.length, 1);
  return Buffer.concat([frame, body]);
}

function framesOf(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1);
    frames.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return frames;
}
