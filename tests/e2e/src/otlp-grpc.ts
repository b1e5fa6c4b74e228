import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import type { Daemon } from "@spoor/test-harness";

export const GRPC_OK = 0;
export const GRPC_UNAVAILABLE = 14;
export const EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/** Sends one span once, without the retries of a real client; gives the gRPC status. */
export async function exportByGrpc(daemon: Daemon, serviceName: string): Promise<number> {
  const session = connect(daemon.url("otlpGrpc", ""));
  try {
    return await exportOver(session, serviceName);
  } finally {
    session.close();
  }
}

/** The same over a connection that stays. */
export async function exportOver(session: ClientHttp2Session, serviceName: string): Promise<number> {
  const message = exportRequest(serviceName);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const call = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: EXPORT,
    "content-type": "application/grpc",
    te: "trailers",
  });
  let status: unknown;
  // An answer of an error alone has it in the headers.
  for (const event of ["response", "trailers"]) {
    call.on(event, (headers: Readonly<Record<string, unknown>>) => {
      status = headers["grpc-status"] ?? status;
    });
  }
  call.resume();
  call.end(Buffer.concat([head, message]));
  await once(call, "close");
  return Number(status);
}

/** `opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest` of one span. */
export function exportRequest(serviceName: string): Buffer {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const span = [
    field(1, randomBytes(16)),
    field(2, randomBytes(8)),
    field(5, Buffer.from("once")),
    fixed64(7, nowNs),
    fixed64(8, nowNs + 1_000_000n),
  ];
  const value = field(1, Buffer.from(serviceName));
  const attribute = [field(1, Buffer.from("service.name")), field(2, value)];
  const resource = field(1, field(1, ...attribute));
  return field(1, resource, field(2, field(2, ...span)));
}

/** `jaeger.api_v2.PostSpansRequest` of one span. */
export function postSpansRequest(serviceName: string): Buffer {
  const seconds = Buffer.from([8, ...varint(BigInt(Math.floor(Date.now() / 1000)))]);
  const span = [
    field(1, randomBytes(16)),
    field(2, randomBytes(8)),
    field(3, Buffer.from("once")),
    field(6, seconds),
    field(7, Buffer.from([16, ...varint(1_000_000n)])),
  ];
  return field(1, field(1, ...span), field(2, field(1, Buffer.from(serviceName))));
}

function varint(value: bigint): readonly number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

/** A field of bytes or a nested message, all short enough for a length of two bytes. */
function field(number: number, ...parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(parts);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}
